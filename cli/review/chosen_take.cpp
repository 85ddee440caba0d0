#include "cli/review/chosen_take.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/farm/job_listing.h"
#include "cli/json_values.h"
#include "pipeline/takes/publish.h"
#include "pipeline/takes/take_check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr const char* default_folder = "out";  // as `run` has it

bool is_take_folder(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / publish_file, ignored);
}

fs::path absolute_folder(const fs::path& path) {
    fs::path folder = fs::absolute(path).lexically_normal();
    return folder.has_filename() ? folder : folder.parent_path();  // "out/"
}

bool is_below(const fs::path& folder, const fs::path& root) {
    const auto ends = std::mismatch(root.begin(), root.end(), folder.begin(), folder.end());
    return ends.first == root.end() && ends.second != folder.end();
}

// Above the folder of the show; templates of outputs begin with it unless a night says otherwise.
fs::path output_above(const fs::path& folder, const std::string& show) {
    for (fs::path at = folder; at != at.parent_path(); at = at.parent_path()) {
        if (at.filename() == show) return at.parent_path();
    }
    throw Error(ErrorKind::usage,
                fmt::format("{}: not below a folder of its show {}: name the output folder with -o",
                            folder.string(),
                            show));
}

ChosenTake take_in(const fs::path& folder, const std::string& output) {
    ChosenTake chosen{.folder = absolute_folder(folder)};
    chosen.record = read_publish_record(chosen.folder);
    chosen.output = output.empty() ? output_above(chosen.folder, chosen.record.take.show)
                                   : review_output(output);
    if (is_below(chosen.folder, chosen.output)) return chosen;
    throw Error(
        ErrorKind::usage,
        fmt::format("{}: not below the folder {}", chosen.folder.string(), chosen.output.string()));
}

bool is_job_address(const std::string& text) {
    std::uint64_t job = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), job);
    return read.ec == std::errc() && *read.ptr == '.';
}

ChosenTake take_of_job(const std::string& text,
                       const FarmChoice& choice,
                       const Surroundings& surroundings) {
    FarmAccess farm(choice, surroundings);
    const JobAddress address = parse_job_address(text);
    const Json status = read_status(farm.client(), address);
    const std::string publish = address.path + ".publish";
    for (const Json& task : status.at("tasks")) {
        if (text_at(task, "task") != publish || text_at(task, "state") != "done") continue;
        const Json result = member_of(task, "facts");
        const std::string folder = text_at(member_of(result, "facts"), "folder");
        const fs::path output = text_at(status.at("job"), "output");
        std::error_code ignored;
        if (!fs::is_directory(output, ignored)) {
            throw Error(ErrorKind::unavailable,
                        fmt::format("{}: the farm's output root is not mounted here: use a machine "
                                    "where it is",
                                    output.string()));
        }
        ChosenTake chosen = take_in(output / folder, output);
        chosen.of_job = true;
        return chosen;
    }
    throw Error(
        ErrorKind::bad_input,
        fmt::format("job {} has no published take {}; `nightreel status {}` shows its takes",
                    address.job,
                    address.path,
                    address.job));
}

std::optional<std::int32_t> number_after(std::string_view word, std::string_view before) {
    std::int32_t number = 0;
    if (!word.starts_with(before)) return {};
    word.remove_prefix(before.size());
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool is_whole = read.ec == std::errc() && read.ptr == word.data() + word.size();
    return is_whole ? std::optional(number) : std::nullopt;
}

// SHOW/SHOT/v001/take01, wherever the template of the shot has put it.
std::optional<ChosenTake> take_named(const fs::path& name, const fs::path& output) {
    const std::vector<std::string> parts(name.begin(), name.end());
    if (parts.size() != 4) return {};
    const auto version = number_after(parts[2], "v");
    const auto number = number_after(parts[3], "take");
    if (!version || !number) return {};
    for (ChosenTake& chosen : published_takes(output)) {
        const TakeFacts& take = chosen.record.take;
        const bool is_meant = take.show == parts[0] && take.shot == parts[1] &&
                              take.version == *version && take.take == *number;
        if (is_meant) return std::move(chosen);
    }
    return {};
}

// Output folders of the farm's jobs, as the scheduler sees them.
std::set<fs::path> output_roots(wire::Client& client) {
    std::set<fs::path> roots;
    for (const Json& job : read_jobs(client).value("jobs", Json::array())) {
        const auto number = number_of<std::uint64_t>(job, "job");
        const std::string root = text_at(read_job_head(client, number), "output");
        if (root.empty() || roots.contains(root)) continue;
        std::error_code ignored;
        if (!fs::is_directory(root, ignored)) {
            throw Error(ErrorKind::unavailable,
                        fmt::format("{}: the farm's output root is not mounted here: use a machine "
                                    "where it is",
                                    root));
        }
        roots.insert(root);
    }
    return roots;
}

}  // namespace

fs::path review_output(const std::string& output) {
    const fs::path folder = absolute_folder(output.empty() ? default_folder : output);
    std::error_code ignored;
    if (fs::is_directory(folder, ignored)) return folder;
    throw Error(ErrorKind::usage,
                fmt::format("{}: no such folder: name the output folder with -o", folder.string()));
}

std::set<fs::path> review_outputs(const FarmChoice& choice, const Surroundings& surroundings) {
    if (!choice.output.empty() || choice.config.empty()) return {review_output(choice.output)};
    FarmAccess farm(choice, surroundings);
    return output_roots(farm.client());
}

std::vector<ChosenTake> published_takes(const fs::path& output) {
    std::vector<ChosenTake> takes;
    for (const fs::path& folder : takes_below(output)) {
        try {
            takes.push_back({output, folder, read_publish_record(folder)});
        } catch (const Error& error) {
            say("{}; its take is missing here\n", error.what());
        }
    }
    return takes;
}

std::string take_title(const TakeFacts& take) {
    return fmt::format("{} {} v{:03} take{:02}", take.show, take.shot, take.version, take.take);
}

ChosenTake chosen_take(const std::string& text,
                       const FarmChoice& farm,
                       const Surroundings& surroundings) {
    if (is_take_folder(text)) return take_in(text, farm.output);
    if (is_job_address(text)) return take_of_job(text, farm, surroundings);
    const fs::path output = review_output(farm.output);
    if (is_take_folder(output / text)) return take_in(output / text, output);
    if (auto named = take_named(text, output)) return std::move(*named);
    throw Error(
        ErrorKind::bad_input,
        fmt::format("'{}': no published take: expected {}; looked below {}, which -o changes",
                    text,
                    take_words,
                    output.string()));
}

}  // namespace nightreel::cli
