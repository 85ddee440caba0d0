// verify: published takes against their records, and against what a recipient asks for.
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/farm/farm_folder.h"
#include "cli/verbs.h"
#include "pipeline/delivery/check_delivery.h"
#include "pipeline/job/job_index.h"
#include "pipeline/takes/take_check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/streams.h"
#include "shotspec/delivery/delivery_profile.h"
#include "shotspec/describe/fields_json.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct VerifyAsked {
    std::string path;
    std::string profile;
    bool as_json = false;
};

// One take as it stands in the listing.
struct VerifiedTake {
    std::string folder;
    std::string state;  // whole, changed, unreadable
    std::int64_t files = 0;
    std::vector<std::string> missing;
    std::vector<std::string> changed;
    std::vector<std::string> added;
    std::string error;
    std::optional<std::vector<Breach>> breaches;  // absent: no profile was asked for
};

template <class Visitor>
void describe(VerifiedTake& value, Visitor& field) {
    field("folder", value.folder, {.meaning = "Folder of the take."});
    field("state", value.state, {.meaning = "whole, changed or unreadable."});
    field("files", value.files, {.meaning = "Files that belong to the take."});
    field("missing", value.missing, {.meaning = "Files that are missing."});
    field("changed", value.changed, {.meaning = "Files with other contents."});
    field("new", value.added, {.meaning = "Files that do not belong to the take."});
    field("error", value.error, {.meaning = "Why publish.json cannot be read."});
    field("breaches", value.breaches, {.meaning = "What the delivery profile asks for otherwise."});
}

struct VerifyListing {
    std::int32_t format = 1;
    bool whole = true;
    std::vector<VerifiedTake> takes;
};

template <class Visitor>
void describe(VerifyListing& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this listing."});
    field("whole", value.whole, {.meaning = "Whether nothing is missing, changed or new."});
    field("takes", value.takes, {.meaning = "The takes."});
}

// Takes of the last `nightreel run` into this folder that were published, whether they are still
// there or not.
std::set<fs::path> takes_of_run(const fs::path& output) {
    const FarmFolder folder = farm_folder_of(output);
    std::error_code ignored;
    if (!fs::exists(folder.job_file(), ignored)) return {};
    JobIndex job;
    try {
        job = job_index_from_json(read_file(folder.job_file()));
    } catch (const Error& error) {
        say("{}: {}; takes that are missing as a whole are not reported\n",
            folder.job_file().string(),
            error.what());
        return {};
    }
    std::set<fs::path> takes;
    for (const JobTask& task : job.tasks) {
        if (!task.folder) continue;
        const std::string name = task.digest.hex();
        if (!fs::exists(folder.store() / name.substr(0, 2) / name, ignored)) continue;
        takes.insert(output / *task.folder);
    }
    return takes;
}

std::set<fs::path> takes_to_verify(const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
        throw Error(
            ErrorKind::usage,
            fmt::format("{}: no such folder: give a take, or a folder of takes", path.string()));
    }
    const std::vector<fs::path> found = takes_below(path);
    std::set<fs::path> takes = takes_of_run(path);
    takes.insert(found.begin(), found.end());
    if (!takes.empty()) return takes;
    throw Error(
        ErrorKind::usage,
        fmt::format("{}: no published take there (a folder with publish.json)", path.string()));
}

std::optional<DeliveryProfile> profile_asked(const VerifyAsked& asked) {
    if (asked.profile.empty()) return {};
    Complaints complaints;
    DeliveryProfile profile = read_delivery_profile(asked.profile, complaints);
    if (!complaints.has_errors()) return profile;
    throw Error(ErrorKind::bad_input, text_of(complaints.sorted()));
}

VerifiedTake verified(const fs::path& folder, const std::optional<DeliveryProfile>& profile) {
    const TakeCheck check = check_take(folder);
    std::optional<std::vector<Breach>> breaches;
    if (profile) {
        breaches.emplace();
        if (check.record) breaches = check_delivery(folder, *check.record, *profile);
    }
    const char* state = check.is_untouched() ? "whole" : "changed";
    return {.folder = folder.string(),
            .state = check.fault.empty() ? state : "unreadable",
            .files = static_cast<std::int64_t>(check.expected.size()),
            .missing = check.missing,
            .changed = check.changed,
            .added = check.added,
            .error = check.fault,
            .breaches = std::move(breaches)};
}

void print(const VerifiedTake& take) {
    answer("{:10}  {}  {} files\n", take.state, take.folder, take.files);
    if (!take.error.empty()) answer("  {}\n", take.error);
    for (const auto& [word, names] : {std::pair("missing", &take.missing),
                                      std::pair("changed", &take.changed),
                                      std::pair("new", &take.added)}) {
        for (const std::string& name : *names) answer("  {:7}  {}\n", word, name);
    }
    if (!take.breaches) return;
    for (const Breach& breach : *take.breaches) {
        answer("  {:7}  {}: {}", "breach", breach.file, breach.text);
        if (breach.files > 1) answer(" (and {})", counted(breach.files - 1, "more file"));
        answer("\n");
    }
}

int verify(const VerifyAsked& asked) {
    const std::optional<DeliveryProfile> profile = profile_asked(asked);
    VerifyListing listing;
    bool readable = true;
    bool accepted = true;
    fs::path path = fs::absolute(asked.path).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();  // "out/"
    for (const fs::path& folder : takes_to_verify(path)) {
        const VerifiedTake& take = listing.takes.emplace_back(verified(folder, profile));
        listing.whole = listing.whole && take.state == "whole";
        readable = readable && take.state != "unreadable";
        accepted = accepted && (!take.breaches || take.breaches->empty());
        if (!asked.as_json) print(take);
    }
    if (asked.as_json) answer("{}\n", to_json_value(listing).dump(2));
    if (!readable) return exit_code_of(ErrorKind::bad_input);
    return listing.whole && accepted ? 0 : 1;
}

}  // namespace

Command verify_command(const Surroundings&) {
    const auto asked = std::make_shared<VerifyAsked>();
    return {.name = "verify",
            .meaning =
                "compare published takes with their records: files that are missing, "
                "changed or new (exit code 1), and with a delivery profile",
            .example = "nightreel verify out",
            .options = {{.names = "path",
                         .target = &asked->path,
                         .meaning = "a take, or a folder with takes below it",
                         .value = "PATH",
                         .required = true},
                        {.names = "--profile",
                         .target = &asked->profile,
                         .meaning = "also list what this delivery profile asks for otherwise",
                         .value = "FILE"},
                        json_option(asked->as_json)},
            .run = [asked] { return verify(*asked); }};
}

}  // namespace nightreel::cli
