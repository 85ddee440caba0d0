#include "cli/job/export_night.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/job/submitter.h"
#include "cli/night/output_folder.h"
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
    if (!asked.store.empty() && !fs::is_directory(asked.store)) {
        throw Error(ErrorKind::usage,
                    fmt::format("--store {}: there is no such folder: create it first, where all "
                                "rendering machines see it",
                                asked.store));
    }
    if (site.store && !fs::path(*site.store).is_absolute()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: managers.store: {}: expected an absolute path", asked.site, *site.store));
    }
    if (!asked.store.empty()) site.store = fs::absolute(asked.store).lexically_normal().string();
    if (site.program && !fs::path(*site.program).is_absolute()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: managers.program: {}: expected an absolute path", asked.site, *site.program));
    }
    if (!site.program) site.program = render_program(surroundings);
    if (site.models.empty()) {
        for (const std::string& root : surroundings.model_roots) {
            if (std::ranges::count(site.models, root) == 0) site.models.push_back(root);
        }
    }
    return site;
}

// A farm manager reserves a machine for every task before it is known whether it is needed.
void refuse_rounds(const ResolvedNight& night) {
    for (const ResolvedShot& shot : night.shots) {
        if (takes_at_most(shot) == shot.takes) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("shot {}: takes.at_most: further rounds of takes are not possible "
                                "under another farm manager; use takes: {{ count: {}, keep: {} }}, "
                                "or `nightreel submit`",
                                shot.name,
                                takes_at_most(shot),
                                shot.keep.value_or(1)));
    }
}

// Its strict shots tied to the device class that was named: a farm manager knows none.
ResolvedNight night_of(const ExportAsked& asked,
                       const Surroundings& surroundings,
                       WrittenNight& written) {
    ResolvedNight night = load_night(asked.night, surroundings, &written);
    refuse_rounds(night);
    if (!has_strict_shots(night)) return night;
    if (!asked.device_class.empty()) return on_device_class(std::move(night), asked.device_class);
    throw Error(ErrorKind::usage,
                "the night has shots with `reproducible: strict`: give --device-class; on a "
                "rendering machine `nightreel-render class` prints it");
}

std::string command_line_of(const char* what, const std::string& command) {
    return command.empty() ? std::string() : fmt::format("{:10}{}\n", what, command);
}

// The commands of `nightreel` for this job, then those of the manager alone.
std::string commands_of(const FarmManager& manager, const ManagerFiles& files) {
    const bool can_ask = manager.query != nullptr;
    std::string text = "```\n";
    if (can_ask) text += command_line_of("submit", "nightreel submit --job .");
    text += command_line_of("watch", "nightreel status --job .");
    if (can_ask) {
        text += command_line_of("cancel", "nightreel cancel --job .");
        text += command_line_of("retry", "nightreel retry --job .");
    }
    text += command_line_of("collect", "nightreel collect .");
    text += "```\n\n";
    const std::string own = command_line_of("submit", files.to_submit) +
                            command_line_of("watch", files.to_watch) +
                            command_line_of("cancel", files.to_cancel);
    if (own.empty()) return text;
    return text + fmt::format("With the tools of {} alone:\n\n```\n{}```\n\n", manager.name, own);
}

std::string readme_of(const ExportAsked& asked,
                      const FarmManager& manager,
                      const ManagerJob& job,
                      const ManagerFiles& files,
                      Grain grain) {
    return fmt::format(
        "# {}: a night for {}\n\n"
        "Written by `nightreel export {} {} --grain {}`: {}. In this directory:\n\n"
        "{}"
        "A unit whose results exist ends at once, so that submitting again renders only what is\n"
        "missing. {}.\n"
        "`nightreel-render task` has `--map FROM=TO` and `--root NAME=DIR` for paths that differ "
        "on "
        "a\nrendering machine.\n\n"
        "| file | contents |\n|---|---|\n"
        "| job.json | tasks, what they need and cost |\n"
        "| tasks/, given/ | the order of each task; pictures and LoRAs by digest |\n"
        "| night/, origin.json | the night as it was written; who exported it and when |\n"
        "| manager.json | farm manager and settings of the site |\n"
        "| units/, unit.sh | the tasks of each unit; runs one |\n"
        "| stages/, member.sh | units by stage and number; runs one |\n"
        "| attempts/ | what each run of a unit left: host, exit code, log |\n"
        "| submissions/ | what was handed over, and the files of retries |\n"
        "| artifacts/ | results |\n",
        job.show,
        manager.meaning,
        manager.name,
        shell_word(fs::path(asked.night.path).filename().string()),
        word_of(grain),
        counted(static_cast<std::int64_t>(job.units.size()), "unit"),
        commands_of(manager, files),
        files.names_place ? "The directory must stay where it is, because its files name it"
                          : "The directory can be moved or mounted elsewhere");
}

}  // namespace

std::vector<Option> export_options(ExportAsked& asked, const Surroundings& surroundings) {
    asked.site = surroundings.farm_config;
    return {{.names = "--store",
             .target = &asked.store,
             .meaning = "existing folder of results, which nights can share; default: artifacts/ "
                        "in the job directory",
             .value = "DIR"},
            {.names = "--grain",
             .target = &asked.grain,
             .meaning = "work of one unit; default: the smallest with 5 minutes a unit, else take",
             .value = "GRAIN",
             .choices = words_of<Grain>()},
            {.names = "--device-class",
             .target = &asked.device_class,
             .meaning = "device class of shots with `reproducible: strict`",
             .value = "CLASS"},
            {.names = "--site",
             .target = &asked.site,
             .meaning = "farm file with a section `managers` (default: $NIGHTREEL_FARM)",
             .value = "FILE"}};
}

ExportedNight export_night(const ExportAsked& asked, const Surroundings& surroundings) {
    const FarmManager& manager = farm_manager_named(asked.manager);
    const ManagersSection site = site_of(asked, surroundings);
    WrittenNight written;
    const ResolvedNight night = night_of(asked, surroundings, written);
    NightPlan plan = plan_for(night, asked.output, {.where = PlannedFor::farm});
    note_prompts(plan, written);
    require_writable_places(plan);
    const JobIndex index = job_index_of(plan);
    const Grain grain = asked.grain.empty() ? grain_for(index) : *from_word<Grain>(asked.grain);
    const fs::path place = fs::absolute(asked.job_directory).lexically_normal();
    const ManagerJob job = manager_job_of(index, grain, place.string());
    const ManagerFiles files = manager.files(job, site);
    std::map<std::string, std::string> texts = unit_files(job, site);
    texts.insert(files.texts.begin(), files.texts.end());
    const ExportedFor exported{.manager = std::string(manager.name), .grain = grain, .site = site};
    texts[manager_file] = to_json_value(exported).dump(1) + "\n";
    texts["README.md"] = readme_of(asked, manager, job, files, grain);
    const bool is_new = write_job_directory(place,
                                            plan,
                                            texts,
                                            {.exported_by = submitter_here(),
                                             .exported_at = surroundings.clock.wall().count(),
                                             .night = texts_of(written)});
    return {.folder = open_job_folder(place),
            .tasks = static_cast<std::int64_t>(plan.totals.tasks),
            .is_new = is_new};
}

}  // namespace nightreel::cli
