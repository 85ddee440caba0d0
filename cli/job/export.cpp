// export: a night as a job directory for the farm manager that a studio has.
#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/night/night_input.h"
#include "cli/night/output_folder.h"
#include "cli/verbs.h"
#include "pipeline/job/job_directory.h"
#include "plugins/managers.h"
#include "plugins/unit_files.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/farm_config.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct ExportAsked {
    std::string manager;
    NightAsked night;
    std::string job_directory;
    std::string output = "out";
    std::string site;
    std::string grain;
    std::string device_class;
};

// The section `managers` of a farm file; what it does not say is as on this machine.
ManagersSection site_of(const ExportAsked& asked, const Surroundings& surroundings) {
    ManagersSection site;
    if (!asked.site.empty()) {
        const CheckedFarmConfig checked =
            read_farm_config(asked.site, environment_variable, {.managers = true});
        say("{}", text_of(checked.diagnostics));
        if (!checked.config) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}: {}", asked.site, count_text(checked.diagnostics)));
        }
        if (!checked.config->managers && asked.site != surroundings.farm_config) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}: has no section `managers`", asked.site));
        }
        site = checked.config->managers.value_or(ManagersSection());
    }
    if (!site.program) site.program = render_program(surroundings);
    if (site.models.empty()) {
        for (const std::string& root : surroundings.model_roots) {
            if (std::ranges::count(site.models, root) == 0) site.models.push_back(root);
        }
    }
    return site;
}

// Its strict shots tied to the device class that was named: a farm manager knows none.
ResolvedNight night_of(const ExportAsked& asked,
                       const Surroundings& surroundings,
                       WrittenNight& written) {
    ResolvedNight night = load_night(asked.night, surroundings, &written);
    if (!has_strict_shots(night)) return night;
    if (!asked.device_class.empty()) return on_device_class(std::move(night), asked.device_class);
    throw Error(ErrorKind::usage,
                "the night has shots with `reproducible: strict`: give --device-class; on a "
                "rendering machine `nightreel-render class` prints it");
}

std::string readme_of(const ExportAsked& asked,
                      const FarmManager& manager,
                      const ManagerJob& job,
                      const ManagerFiles& files,
                      Grain grain) {
    const auto line = [](const char* what, const std::string& command) {
        return command.empty() ? std::string() : fmt::format("{:10}{}\n", what, command);
    };
    return fmt::format(
        "# {}: a night for {}\n\n"
        "Written by `nightreel export {} {} --grain {}`: {}. In this directory:\n\n"
        "```\n{}{}{}```\n\n"
        "A unit whose results exist ends at once, so that repeating renders only what is missing.\n"
        "{}. `nightreel-render task` has\n"
        "`--map FROM=TO` and `--root NAME=DIR` for paths that differ on a rendering machine.\n\n"
        "| file | contents |\n|---|---|\n"
        "| job.json | tasks, what they need and cost |\n"
        "| tasks/, given/ | the order of each task; pictures and LoRAs by digest |\n"
        "| site.json | settings of the site that this was made with |\n"
        "| units/, unit.sh | the tasks of each unit; runs one |\n"
        "| artifacts/, logs/ | results; what the units said |\n",
        job.show,
        manager.meaning,
        manager.name,
        shell_word(fs::path(asked.night.path).filename().string()),
        word_of(grain),
        counted(static_cast<std::int64_t>(job.units.size()), "unit"),
        line("submit", files.to_submit),
        line("watch", files.to_watch),
        line("cancel", files.to_cancel),
        files.names_place ? "The directory must stay where it is, because its files name it"
                          : "The directory can be moved or mounted elsewhere");
}

int export_night(const ExportAsked& asked, const Surroundings& surroundings) {
    const FarmManager& manager = farm_manager_named(asked.manager);
    const ManagersSection site = site_of(asked, surroundings);
    WrittenNight written;
    const ResolvedNight night = night_of(asked, surroundings, written);
    NightPlan plan = plan_for(night, asked.output, PlannedFor::farm);
    note_prompts(plan, written);
    require_writable_places(plan);
    const JobIndex index = job_index_of(plan);
    const Grain grain = asked.grain.empty() ? grain_for(index) : *from_word<Grain>(asked.grain);
    const fs::path place = fs::absolute(asked.job_directory).lexically_normal();
    const ManagerJob job = manager_job_of(index, grain, place.string());
    const ManagerFiles files = manager.files(job, site);
    std::map<std::string, std::string> texts = unit_files(job, site);
    texts.insert(files.texts.begin(), files.texts.end());
    texts["site.json"] = to_json_value(site).dump(1) + "\n";
    texts["README.md"] = readme_of(asked, manager, job, files, grain);
    const bool is_new = write_job_directory(place, plan, texts);
    say("{}: {}, {} of grain {}{}\n",
        plan.show,
        counted(plan.totals.tasks, "task"),
        counted(static_cast<std::int64_t>(job.units.size()), "unit"),
        word_of(grain),
        is_new ? "" : "; exported before, nothing was written");
    say("to submit: cd {} && {}\n", shell_word(place.string()), files.to_submit);
    answer("{}\n", place.string());
    return 0;
}

}  // namespace

Command export_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<ExportAsked>();
    asked->site = surroundings.farm_config;
    Command command{.name = "export",
                    .meaning = "write a night as a job directory for another farm manager",
                    .example = "nightreel export slurm night.yaml -o /farm/jobs/monday",
                    .options = {{.names = "manager",
                                 .target = &asked->manager,
                                 .meaning = "farm manager that will run it",
                                 .value = "MANAGER",
                                 .required = true,
                                 .choices = farm_manager_names()}},
                    .run = [asked, &surroundings] { return export_night(*asked, surroundings); }};
    const std::vector<Option> of_night = night_options(asked->night);
    command.options.insert(command.options.end(), of_night.begin(), of_night.end());
    const std::vector<Option> own = {
        {.names = "-o,--job",
         .target = &asked->job_directory,
         .meaning = "the job directory: a new folder on a disk that all rendering machines see",
         .value = "JOBDIR",
         .required = true},
        {.names = "--output",
         .target = &asked->output,
         .meaning = "output folder of the takes",
         .value = "DIR",
         .shows_default = true},
        {.names = "--grain",
         .target = &asked->grain,
         .meaning = "work of one unit; default: the smallest with 5 minutes a unit, else take",
         .value = "GRAIN",
         .choices = words_of<Grain>()},
        {.names = "--device-class",
         .target = &asked->device_class,
         .meaning = "device class of shots with `reproducible: strict`",
         .value = "CLASS"},
        {.names = "--site",
         .target = &asked->site,
         .meaning = "farm file with a section `managers` (default: $NIGHTREEL_FARM)",
         .value = "FILE"}};
    command.options.insert(command.options.end(), own.begin(), own.end());
    return command;
}

}  // namespace nightreel::cli
