// promote: a night that renders takes of a job again, in final quality.
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/json_values.h"
#include "cli/night/night_input.h"
#include "cli/night/take_report.h"
#include "cli/verbs.h"
#include "pipeline/plan/noise_seed.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/streams.h"
#include "shotspec/night/promotion.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct PromoteAsked {
    FarmChoice farm;
    std::vector<std::string> takes;
    std::string night;
};

using TakeNumbers = std::map<std::string, std::set<std::int32_t>>;  // by shot

// Of one job.
std::vector<JobAddress> addresses_of(const std::vector<std::string>& texts) {
    std::vector<JobAddress> addresses;
    for (const std::string& text : texts) {
        addresses.push_back(parse_job_address(text));
        if (addresses.back().job == addresses.front().job) continue;
        throw Error(ErrorKind::usage,
                    fmt::format("{} and {} are of different jobs: a night holds takes of one job",
                                texts.front(),
                                text));
    }
    return addresses;
}

// The take that is named, or all kept ones below a shot or a job.
TakeNumbers takes_named(const std::vector<JobAddress>& addresses,
                        const std::vector<TakeRow>& rows) {
    TakeNumbers numbers;
    for (const JobAddress& address : addresses) {
        bool any = false;
        for (const TakeRow& row : rows) {
            const std::size_t dot = row.name.rfind(".take");
            const std::string shot = row.name.substr(0, dot);
            const bool is_named = row.name == address.path;
            const bool is_below = address.path.empty() || shot == address.path;
            const bool is_kept = row.state == "done" && row.kept.value_or(true);
            if (!is_named && (!is_below || !is_kept)) continue;
            numbers[shot].insert(std::stoi(row.name.substr(dot + 5)));
            any = true;
        }
        if (any) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("job {} has no finished take {}; `nightreel status {}` shows all",
                                address.job,
                                address.path,
                                address.job));
    }
    return numbers;
}

// A file of the night as it lies here now, where the night file lies at `path`.
fs::path place_of(const Json& files, std::size_t number, const fs::path& path) {
    if (number == 0) return path;
    const fs::path first = text_at(files.front(), "name");
    const fs::path name = text_at(files[number], "name");
    return path.parent_path() / name.lexically_relative(first.parent_path());
}

bool is_unchanged(const fs::path& place, const std::string& text) {
    std::error_code ignored;
    return fs::is_regular_file(place, ignored) && read_file(place) == text;
}

// The night as it was submitted: the file itself where it has not changed since, else a copy beside
// it, because its paths are relative to its folder.
fs::path kept_night(const Json& files, const PromoteAsked& asked, std::uint64_t job) {
    if (files.empty()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("job {} was submitted without the text of its night", job));
    }
    const std::string name = text_at(files.front(), "name");
    const fs::path path = fs::absolute(asked.night.empty() ? name : asked.night).lexically_normal();
    for (std::size_t i = 1; i < files.size(); ++i) {
        const fs::path place = place_of(files, i, path);
        if (is_unchanged(place, text_at(files[i], "text"))) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: is missing or has changed since job {} was submitted; "
                                "`nightreel status {} --night --json` prints it as it was",
                                place.string(),
                                job,
                                job));
    }
    const std::string text = text_at(files.front(), "text");
    if (is_unchanged(path, text)) return path;
    if (!fs::is_directory(path.parent_path())) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: there is no such folder, and the paths of the night are "
                                "relative to it: name the night file with --night",
                                path.parent_path().string()));
    }
    const fs::path copy =
        path.parent_path() / fmt::format("{}.job{}.yaml", path.stem().string(), job);
    if (!is_unchanged(copy, text)) write_file_atomically(copy, std::string_view(text));
    say("{} has changed since job {} was submitted: its text of then is {}\n",
        path.string(),
        job,
        copy.string());
    return copy;
}

const ResolvedShot& shot_named(const ResolvedNight& night, const std::string& name) {
    const auto found = std::ranges::find(night.shots, name, &ResolvedShot::name);
    if (found != night.shots.end()) return *found;
    throw Error(ErrorKind::bad_input, fmt::format("the night has no shot {}", name));
}

// "sq010_sh0010" of its draft "sq010_sh0010_preview".
std::string final_name(const ResolvedNight& night, const ResolvedShot& shot) {
    if (!shot.name.ends_with(preview_suffix)) return shot.name;
    const std::string name = shot.name.substr(0, shot.name.size() - preview_suffix.size());
    const bool is_there =
        std::ranges::find(night.shots, name, &ResolvedShot::name) != night.shots.end();
    return is_there ? name : shot.name;
}

using Seeds = std::map<std::string, std::vector<std::string>>;  // by shot

Seeds seeds_of(const ResolvedNight& night, const TakeNumbers& takes) {
    Seeds seeds;
    for (const auto& [name, numbers] : takes) {
        const ResolvedShot& shot = shot_named(night, name);
        if (shot.quality == Quality::final) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("shot {} is in final quality already", name));
        }
        std::vector<std::string>& of_shot = seeds[final_name(night, shot)];
        for (const std::int32_t take : numbers) {
            of_shot.push_back(noise_seed_text(noise_seed_of(shot, take)));
        }
    }
    return seeds;
}

std::string night_text(const Seeds& seeds, const fs::path& kept, std::uint64_t job) {
    std::string text = fmt::format(
        "# Takes of job {} in final quality; written by `nightreel promote`\n"
        "nightreel: 1\ninclude: [{}]\npromote:\n",
        job,
        Json(kept.string()).dump());
    for (const auto& [shot, of_shot] : seeds) {
        text += fmt::format("  - {{ shot: {}, seeds: [{}] }}\n", shot, fmt::join(of_shot, ", "));
    }
    return text;
}

int promote(const PromoteAsked& asked, const Surroundings& surroundings) {
    FarmAccess farm(asked.farm, surroundings);
    const std::vector<JobAddress> addresses = addresses_of(asked.takes);
    const std::uint64_t job = addresses.front().job;
    const Json status = read_status(farm.client(), {job, {}});
    const TakeNumbers takes = takes_named(addresses, takes_of(status.at("tasks")));
    const Json night = read_night(farm.client(), job);
    const fs::path kept = kept_night(night.at("files"), asked, job);
    const ResolvedNight resolved = load_night({.path = kept.string()}, surroundings);
    answer_text(night_text(seeds_of(resolved, takes), kept, job));
    return 0;
}

}  // namespace

Command promote_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<PromoteAsked>();
    Command command{
        .name = "promote",
        .meaning =
            "print a night that renders takes of a job again in final quality, with their "
            "seeds",
        .example = "nightreel promote 7.sq010_sh0010.take03 > final.yaml",
        .options = {{.names = "take",
                     .target = &asked->takes,
                     .meaning = "JOB.SHOT.TAKE; JOB.SHOT or JOB: its kept takes",
                     .value = "TAKE",
                     .required = true}},
        .run = [asked, &surroundings] { return promote(*asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    command.options.push_back({.names = "--night",
                               .target = &asked->night,
                               .meaning = "night file of the job, where its name as it was "
                                          "submitted does not lead to it from here",
                               .value = "FILE"});
    return command;
}

}  // namespace nightreel::cli
