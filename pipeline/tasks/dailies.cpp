#include <algorithm>

#include <fmt/format.h>

#include "pipeline/plan/roots/root_marker.h"
#include "pipeline/plan/roots/roots.h"
#include "pipeline/takes/dailies_folder.h"
#include "pipeline/takes/inside_root.h"
#include "pipeline/takes/publish.h"
#include "pipeline/tasks/kinds.h"
#include "shotspec/base/disk/unsynced_file.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// Takes with an earlier record, without flags, are flagged from this seam ratio on.
constexpr double seam_ratio_flagged = 3.0;

bool is_shown(const std::string& file) {
    return file.starts_with("mov/") || file.starts_with("contact/");
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

void add_outcome(const TakeOutcome& outcome, const fs::path& root, Dailies& dailies) {
    std::string reason = outcome.reason;
    if (!outcome.folder.empty()) {
        expect_inside(root, outcome.folder);
        const fs::path folder = root / outcome.folder;
        try {
            dailies.takes.push_back(take_shown(read_publish_record(folder), folder));
            return;
        } catch (const Error& error) {
            reason = fmt::format("published, but {}", error.what());
        }
    }
    dailies.failures.push_back({take_in_words(outcome.take), reason});
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
    Dailies dailies{.show = order.show,
                    .job = job.job,
                    .submission = job.submission,
                    .submitter = job.submitter,
                    .submitted_at = job.submitted_at,
                    .attempt = job.attempt};
    for (const TakeOutcome& outcome : request.outcomes) {
        add_outcome(outcome, root, dailies);
        context.alive();
    }
    TaskWork work;
    work.facts["takes"] = dailies.takes.size();
    work.facts["failures"] = dailies.failures.size();
    const fs::path folder = dailies_folder(all, dailies);
    const Pulse pulse = [&](double share) { context.alive(share); };
    const bool is_latest =
        write_dailies(folder, std::move(dailies), request.night, {request.link, pulse});
    if (is_latest) point_latest_at(folder);
    write_file_unsynced(context.staging / summary_file, read_file(folder / summary_file));
    // Not where this machine sees it: others may see it at another path.
    work.facts["root"] = order.root;
    work.facts["folder"] = (fs::path(order.folder) / folder.filename()).generic_string();
    work.seconds = seconds_since(begin, context.clock);
    context.step(1, "dailies written");
    return work;
}

}  // namespace nightreel
