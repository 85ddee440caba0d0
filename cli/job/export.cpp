// export: a night as a job directory for the farm manager that a studio has.
#include <memory>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/job/export_night.h"
#include "cli/verbs.h"
#include "plugins/managers.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

int export_and_say(const ExportAsked& asked, const Surroundings& surroundings) {
    const ExportedNight night = export_night(asked, surroundings);
    const JobFolder& folder = night.folder;
    say("{}: {}, {} of grain {}{}\n",
        folder.index.show,
        counted(night.tasks, "task"),
        counted(static_cast<std::int64_t>(folder.job.units.size()), "unit"),
        word_of(folder.exported.grain),
        night.is_new ? "" : "; exported before, nothing was written");
    say("to submit: {}\n", submit_line_of(folder));
    answer("{}\n", folder.place.string());
    return 0;
}

}  // namespace

Command export_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<ExportAsked>();
    Command command{.name = "export",
                    .meaning = "write a night as a job directory for another farm manager",
                    .example = "nightreel export slurm night.yaml -o /farm/jobs/monday",
                    .options = {{.names = "manager",
                                 .target = &asked->manager,
                                 .meaning = "farm manager that will run it",
                                 .value = "MANAGER",
                                 .required = true,
                                 .choices = farm_manager_names()}},
                    .run = [asked, &surroundings] { return export_and_say(*asked, surroundings); }};
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
         .shows_default = true}};
    command.options.insert(command.options.end(), own.begin(), own.end());
    const std::vector<Option> shared = export_options(*asked, surroundings);
    command.options.insert(command.options.end(), shared.begin(), shared.end());
    return command;
}

}  // namespace nightreel::cli
