#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "pipeline/picture/movie.h"
#include "pipeline/plan/roots/root_marker.h"
#include "pipeline/plan/roots/roots.h"
#include "pipeline/takes/dailies_folder.h"
#include "pipeline/takes/inside_root.h"
#include "pipeline/takes/interchange/night_cut.h"
#include "pipeline/takes/page/review_page.h"
#include "pipeline/takes/publish.h"
#include "pipeline/takes/ranking/selection.h"
#include "pipeline/tasks/kinds.h"
#include "shotspec/base/disk/unsynced_file.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

static_assert(frames_before_take == slate_frames, "the page knows where a movie's take begins");

// Takes with an earlier record, without flags, are flagged from this seam ratio on.
constexpr double seam_ratio_flagged = 3.0;

bool is_shown(const std::string& file) {
    return file.ends_with("_h264.mp4") || file.starts_with("contact/");
}

DailiesTake take_shown(const PublishRecord& record, const fs::path& folder) {
    DailiesTake take{.shot = record.take.shot,
                     .version = record.take.version,
                     .take = record.take.take,
                     .folder = folder.string(),
                     .frames = record.take.frames.count(),
                     .rate = record.take.rate,
                     .seed = record.take.seed,
                     .prompt = record.take.prompt,
                     .seam_ratio_median = record.metrics.seam_ratio_median,
                     .drift = record.metrics.drift,
                     .seam_ratio_max = record.metrics.seam_ratio_max};
    for (const PublishedFile& file : record.files) {
        if (!is_shown(file.name)) continue;
        if (!fs::is_regular_file(folder / file.name)) {
            throw Error(ErrorKind::unavailable,
                        fmt::format("{} is missing: publish the take again with `nightreel retry`",
                                    (folder / file.name).string()));
        }
        take.media.push_back(file.name);
    }
    std::sort(take.media.begin(), take.media.end());
    if (record.flags) {
        take.flags = *record.flags;
        take.flag = short_text_of(take.flags);
    } else if (record.metrics.seam_ratio_max > seam_ratio_flagged) {
        take.flag = fmt::format("visible joint: seam ratio {:.1f}", record.metrics.seam_ratio_max);
    }
    return take;
}

// "sq010_sh0020 take 2" of "sq010_sh0020.take02".
std::string take_in_words(const std::string& take) {
    constexpr std::string_view before_number = ".take";
    const std::size_t at = take.rfind(before_number);
    if (at == std::string::npos) return take;
    std::string number = take.substr(at + before_number.size());
    number.erase(0, std::min(number.find_first_not_of('0'), number.size() - 1));
    return fmt::format("{} take {}", take.substr(0, at), number);
}

// "sq010_sh0010" of "sq010_sh0010.rank".
std::string shot_of(const std::string& task) {
    return task.substr(0, task.rfind('.'));
}

using Rankings = std::map<std::string, Ranking>;  // by shot

// What the ranking says of the take, where there is one that knows it.
void mark_ranked(const Ranking& ranking, DailiesTake& take) {
    const auto found =
        std::ranges::find(ranking.takes, take.take, [](const RankedTake& one) { return one.take; });
    if (found == ranking.takes.end()) return;
    take.place = found->place;
    take.kept = found->kept;
    take.points = found->points;
    take.why = found->why;
}

CutTake cut_take(const PublishRecord& record, const fs::path& folder) {
    CutTake take{.shot = record.take.shot,
                 .sequence = record.take.sequence,
                 .version = record.take.version,
                 .take = record.take.take,
                 .folder = folder,
                 .frame_pattern = record.frame_pattern,
                 .frames = record.take.frames,
                 .cut = record.cut,
                 .rate = record.take.rate,
                 .size = record.take.size,
                 .seed = record.take.seed,
                 .model = record.take.model,
                 .prompt = record.take.prompt,
                 .status = record.status,
                 .flags = record.flags.value_or(std::vector<Flag>())};
    // Findings of held and mixed frames are numbered as the model made them.
    const bool is_retimed =
        record.rate_change && record.rate_change->conversion != RateConversion::conform;
    if (is_retimed) {
        for (Flag& flag : take.flags) flag.frames = take.frames;
    }
    for (const PublishedFile& file : record.files) {
        if (file.name.ends_with("_h264.mp4")) take.movie = file.name;
    }
    return take;
}

// Takes as they are listed, and in the order of the night.
struct NightTakes {
    Dailies dailies;
    NightCut cut;
};

void add_take(const TakeOutcome& outcome, const fs::path& root, NightTakes& night) {
    Dailies& dailies = night.dailies;
    std::string reason = outcome.reason;
    if (!outcome.folder.empty()) {
        expect_inside(root, outcome.folder);
        const fs::path folder = root / outcome.folder;
        try {
            const PublishRecord record = read_publish_record(folder);
            dailies.takes.push_back(take_shown(record, folder));
            night.cut.takes.push_back(cut_take(record, folder));
            return;
        } catch (const Error& error) {
            reason = fmt::format("published, but {}", error.what());
        }
    }
    dailies.failures.push_back({take_in_words(outcome.take), reason});
}

// Without a ranking all takes of the shot are shown, and it is said why.
void add_ranking(const TakeOutcome& outcome, Rankings& rankings, Dailies& dailies) {
    const std::string shot = shot_of(outcome.take);
    if (outcome.ranking) {
        rankings[shot] =
            from_json_value<Ranking>(parse_json(*outcome.ranking, "ranking of " + shot));
    } else {
        dailies.failures.push_back({fmt::format("ranking of {}", shot), outcome.reason});
    }
}

bool is_of_ranking(const TakeOutcome& outcome) {
    return outcome.ranking.has_value() || outcome.take.ends_with(".rank");
}

Selection selection_of(const std::string& shot, const Ranking& ranking, const Dailies& dailies) {
    Selection selection{
        .show = dailies.show, .shot = shot, .job = dailies.job, .not_needed = ranking.not_needed};
    for (const RankedTake& ranked : ranking.takes) {
        for (const DailiesTake& take : dailies.takes) {
            if (take.shot != shot || take.take != ranked.take) continue;
            selection.version = take.version;
            selection.takes.push_back({.take = ranked.take,
                                       .folder = take.folder,
                                       .place = ranked.place,
                                       .kept = ranked.kept,
                                       .usable = ranked.usable,
                                       .points = ranked.points,
                                       .why = ranked.why});
        }
    }
    return selection;
}

// Of takes that are there, with those of rankings written beside them.
std::vector<Selection> add_outcomes(const TaskContext& context,
                                    const fs::path& root,
                                    NightTakes& night) {
    Dailies& dailies = night.dailies;
    Rankings rankings;
    for (const TakeOutcome& outcome : context.request.outcomes) {
        if (is_of_ranking(outcome)) {
            add_ranking(outcome, rankings, dailies);
        } else {
            add_take(outcome, root, night);
        }
        context.alive();
    }
    for (DailiesTake& take : dailies.takes) {
        const auto ranking = rankings.find(take.shot);
        if (ranking != rankings.end()) mark_ranked(ranking->second, take);
    }
    // Takes of both lists were added together.
    for (std::size_t index = 0; index < dailies.takes.size(); ++index) {
        night.cut.takes[index].place = dailies.takes[index].place;
        night.cut.takes[index].kept = dailies.takes[index].kept;
        night.cut.takes[index].points = dailies.takes[index].points;
    }
    std::vector<Selection> selections;
    for (const auto& [shot, ranking] : rankings) {
        selections.push_back(selection_of(shot, ranking, dailies));
    }
    return selections;
}

}  // namespace

TaskWork run_dailies(const DailiesOrder& order, const TaskContext& context) {
    const Millis begin = context.clock.steady();
    context.step(0, "collecting takes");
    const TaskRequest& request = context.request;
    const fs::path all = folder_below(request.roots, order.root, order.folder);
    const fs::path root = request.roots.at(order.root);
    const auto mark = request.marks.find(order.root);
    if (mark != request.marks.end()) expect_root(order.root, root, mark->second);
    expect_inside(root, order.folder);
    const JobFacts job = request.job.value_or(
        JobFacts{.submission = order.night.hex(), .submitted_at = utc_text(context.clock.wall())});
    NightTakes night{.dailies = {.show = order.show,
                                 .job = job.job,
                                 .submission = job.submission,
                                 .submitter = job.submitter,
                                 .submitted_at = job.submitted_at,
                                 .attempt = job.attempt}};
    Dailies& dailies = night.dailies;
    dailies.yield.device_seconds = job.device_seconds;
    const std::vector<Selection> selections = add_outcomes(context, root, night);
    TaskWork work;
    work.facts["takes"] = dailies.takes.size();
    work.facts["failures"] = dailies.failures.size();
    const fs::path folder = dailies_folder(all, dailies);
    const Pulse pulse = [&](double share) { context.alive(share); };
    const bool is_latest =
        write_dailies(folder, std::move(dailies), request.night, {request.link, pulse});
    if (is_latest) {
        for (const Selection& selection : selections) write_selection(selection);
        night.cut.show = order.show;
        night.cut.name = folder.filename().string();
        write_interchange(folder, night.cut);
        point_latest_at(folder);
    }
    write_file_unsynced(context.staging / summary_file, read_file(folder / summary_file));
    // Not where this machine sees it: others may see it at another path.
    work.facts["root"] = order.root;
    work.facts["folder"] = (fs::path(order.folder) / folder.filename()).generic_string();
    work.seconds = seconds_since(begin, context.clock);
    context.step(1, "dailies written");
    return work;
}

}  // namespace nightreel
