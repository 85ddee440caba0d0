#include "cli/job/job_folder.h"

#include <fmt/format.h>

#include "cli/job/run_command.h"
#include "pipeline/plan/roots/roots.h"
#include "pipeline/store/store_contents.h"
#include "pipeline/takes/publish.h"
#include "plugins/managers.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {
namespace {

namespace fs = std::filesystem;

// A take lies outside the store too: where its folder is gone, it is not done. Where this machine
// does not see the output, the store alone says.
bool is_published(const JobFolder& folder, const JobTask& task) {
    if (!task.folder) return true;
    std::error_code ignored;
    for (const auto& [name, root] : folder.index.roots) {
        if (!fs::is_directory(root, ignored)) return true;
        if (fs::exists(fs::path(root) / *task.folder / publish_file, ignored)) return true;
    }
    return folder.index.roots.empty();
}

ExportedFor exported_for(const fs::path& place) {
    const fs::path path = place / manager_file;
    if (!fs::exists(path)) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: has no {}: export the night again with this release",
                                place.string(),
                                manager_file));
    }
    return in_context(path.string(), [&] {
        return from_json_value<ExportedFor>(parse_json(read_file(path), manager_file), "");
    });
}

}  // namespace

JobFolder open_job_folder(const fs::path& given) {
    JobFolder folder{.place = fs::absolute(given).lexically_normal()};
    if (!folder.place.has_filename()) folder.place = folder.place.parent_path();
    folder.index = read_job_index(folder.place);
    folder.origin = read_job_origin(folder.place);
    folder.exported = exported_for(folder.place);
    folder.manager = &farm_manager_named(folder.exported.manager);
    folder.job = manager_job_of(folder.index, folder.exported.grain, folder.place.string());
    folder.store = folder.exported.site.store ? fs::path(*folder.exported.site.store)
                                              : folder.place / "artifacts";
    return folder;
}

ManagerJob job_of_submission(const JobFolder& folder,
                             std::int32_t number,
                             const Submission& submission) {
    if (number == 1) return folder.job;
    ManagerJob job = only_units(folder.job, {submission.units.begin(), submission.units.end()});
    job.files = files_folder_of(number);
    return job;
}

std::string submit_line_of(const JobFolder& folder) {
    const std::string place = shell_word(folder.place.string());
    if (folder.manager->query != nullptr) return fmt::format("nightreel submit --job {}", place);
    const std::string line = folder.manager->files(folder.job, folder.exported.site).to_submit;
    if (line.empty()) return fmt::format("see {}/README.md", place);
    return fmt::format("cd {} && {}", place, line);
}

JobSight sight_of(const JobFolder& folder, const Clock& clock) {
    JobSight sight{.directory = folder.place.string(),
                   .manager = folder.exported.manager,
                   .to_submit = submit_line_of(folder),
                   .index = folder.index,
                   .job = folder.job,
                   .done = {},
                   .attempts = read_attempts(folder.place),
                   .submissions = read_submissions(folder.place),
                   .report = {},
                   .not_asked = {},
                   .now = clock.wall().count(),
                   .submitter = folder.origin.exported_by,
                   .submitted_at = folder.origin.exported_at};
    for (const JobTask& task : folder.index.tasks) {
        auto result = recorded_result(folder.store, task.digest);
        if (!result || !is_published(folder, task)) continue;
        sight.done.emplace(task.name, std::move(result->result));
    }
    if (!sight.submissions.empty()) {
        sight.submitter = sight.submissions.front().submitter;
        sight.submitted_at = sight.submissions.front().submitted_at;
    }
    return sight;
}

void ask_manager(const JobFolder& folder, JobSight& sight) {
    if (sight.submissions.empty() || folder.manager->query == nullptr) return;
    const RunCommand run = [](const std::vector<std::string>& command, const std::string& input) {
        return run_command(command, input);
    };
    const Submission& last = sight.submissions.back();
    const auto number = static_cast<std::int32_t>(sight.submissions.size());
    try {
        sight.report = folder.manager->query(
            job_of_submission(folder, number, last), folder.exported.site, last, run);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::unavailable && error.kind() != ErrorKind::unreachable) throw;
        sight.not_asked =
            fmt::format("{} could not be asked: {}", folder.exported.manager, error.what());
    }
}

}  // namespace nightreel::cli
