#include "plugins/deadline/deadline.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plugins/deadline/deadline_query.h"
#include "plugins/scripts.h"  // from the scripts of this folder

namespace nightreel {
namespace {

// Below which root a folder is can be said where there is one.
std::string output_folders(const ManagerJob& job, const std::vector<const Unit*>& units) {
    std::vector<std::string> folders;
    for (const Unit* unit : units) {
        folders.insert(folders.end(), unit->folders.begin(), unit->folders.end());
    }
    std::string text;
    for (std::size_t at = 0; at < folders.size() && job.roots.size() == 1; ++at) {
        text +=
            fmt::format("OutputDirectory{}={}/{}\n", at, job.roots.begin()->second, folders[at]);
    }
    return text;
}

std::string job_info(const ManagerJob& job, const DeadlineSite& site, const FrameJob& frames) {
    std::vector<const Unit*> units;
    std::vector<std::int64_t> numbers;
    for (const ArrayMember& frame : frames.frames) {
        units.push_back(frame.unit);
        numbers.push_back(frame.number);
    }
    const UnitResources most = resources_of(units);
    // A job is many units: the errors of one do not end the others.
    std::string text = fmt::format(
        "Plugin=Nightreel\nName={}\nBatchName=nightreel {}\nFrames={}\nChunkSize=1\nPriority={}\n"
        "MachineLimit={}\nOverrideTaskFailureDetection=true\nFailureDetectionTaskErrors={}\n"
        "OverrideJobFailureDetection=true\nFailureDetectionJobErrors=0\nIsFrameDependent={}\n"
        "ResumeOnCompleteDependencies=true\nResumeOnFailedDependencies={}\n"
        "ResumeOnDeletedDependencies={}\n",
        deadline_job_name(job, frames),
        job.show,
        number_ranges(numbers),
        site.priority,
        site.machine_limit,
        site.errors_max,
        frames.waits_by_frame,
        frames.waits_for_ends,
        frames.waits_for_ends);
    const auto add = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) text += fmt::format("{}={}\n", key, value);
    };
    add("Pool", site.pool.value_or(""));
    add("SecondaryPool", site.secondary_pool.value_or(""));
    const std::string group = site.group.value_or("");
    add("Group", most.runs_model ? site.model_group.value_or(group) : group);
    if (most.runs_model) add("LimitGroups", fmt::format("{}", fmt::join(site.limits, ",")));
    if (site.time_factor) {
        add("TaskTimeoutSeconds",
            fmt::format("{}", time_limit_of(most.seconds, *site.time_factor)));
        add("OnTaskTimeout", "Error");
    }
    if (!site.plugin_installed) {
        add("CustomPluginDirectory", files_directory(job) + "/deadline/plugins");
    }
    text += output_folders(job, units);
    for (const std::string& line : site.options) text += line + "\n";
    return text;
}

// The unit of each frame, and paths that the plugin maps for the Worker.
std::string plugin_info(const ManagerJob& job,
                        const ManagersSection& site,
                        const FrameJob& frames) {
    std::vector<std::string> paths;
    for (const auto& [root, path] : job.roots) paths.push_back(path);
    paths.insert(paths.end(), site.models.begin(), site.models.end());
    std::string text = fmt::format("JobDirectory={}\n", job.directory);
    for (std::size_t at = 0; at < paths.size(); ++at) {
        text += fmt::format("Path{}={}\n", at, paths[at]);
    }
    for (const ArrayMember& frame : frames.frames) {
        text += fmt::format("Unit{}={}\n", frame.number, frame.unit->name);
    }
    return text;
}

ManagerFiles deadline_files(const ManagerJob& job, const ManagersSection& site) {
    ManagerFiles files{.texts = {},
                       .to_submit = "./submit.sh",
                       .to_watch = "",
                       .to_cancel = "./cancel.sh",
                       .names_place = true};
    std::string submissions;
    const std::vector<FrameJob> jobs = deadline_jobs_of(job);
    for (const FrameJob& frames : jobs) {
        const std::string file = "deadline/jobs/" + frames.name;
        files.texts[file + ".job"] = job_info(job, site.deadline, frames);
        files.texts[file + ".plugin"] = plugin_info(job, site, frames);
        submissions += "submit " + frames.name;
        for (const std::size_t wait : frames.waits) submissions += " " + jobs[wait].name;
        submissions += "\n";
    }
    const std::string plugin = "deadline/plugins/Nightreel/Nightreel";
    files.texts[plugin + ".py"] = scripts::deadline_nightreel;
    files.texts[plugin + ".param"] = scripts::deadline_param;
    files.texts[plugin + ".options"] = scripts::deadline_options;
    const std::string command = shell_word(site.deadline.command);
    files.texts["cancel.sh"] = filled(scripts::deadline_cancel, {{"command", command}});
    files.texts["submit.sh"] =
        filled(scripts::deadline_submit, {{"command", command}, {"submissions", submissions}});
    return files;
}

}  // namespace

FarmManager deadline_manager() {
    return {.name = "deadline",
            .meaning = "Deadline 10: jobs of frames and a plugin; not run inside Deadline",
            .files = deadline_files,
            .query = deadline_query};
}

}  // namespace nightreel
