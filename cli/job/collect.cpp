// collect: the dailies of a job directory, made on this machine.
#include <memory>

#include <fmt/format.h>

#include "cli/job/job_folder.h"
#include "cli/job/run_command.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {
namespace {

constexpr int seconds_max = 86'400;  // movies are copied where links cannot be made

std::string dailies_task_of(const JobFolder& folder) {
    for (const JobTask& task : folder.index.tasks) {
        if (task.kind == TaskKind::dailies) return task.name;
    }
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: this job has no dailies", folder.place.string()));
}

int collect(const std::string& directory, const Surroundings& surroundings) {
    const JobFolder folder = open_job_folder(directory);
    std::vector<std::string> command{render_program(surroundings),
                                     "task",
                                     folder.place.string(),
                                     dailies_task_of(folder),
                                     "--device",
                                     "cpu"};
    if (folder.exported.site.store) {
        command.insert(command.end(), {"--store", folder.store.string()});
    }
    const CommandEnd end = run_command(command, {}, {}, seconds_max);
    if (end.code != 0) {
        say_text(end.errors);
        return end.code;
    }
    const JobSight sight = sight_of(folder, surroundings.clock);
    const auto done = sight.done.find(dailies_task_of(folder));
    if (done == sight.done.end()) return 0;
    const Json facts = parse_json(done->second.facts, "facts of the dailies");
    const auto shown = facts.value("takes", std::int64_t{0});
    say("{} of {} takes are there\n", shown, shown + facts.value("failures", std::int64_t{0}));
    const auto root = folder.index.roots.find(facts.value("root", std::string()));
    if (root == folder.index.roots.end()) return 0;
    answer("{}\n",
           (std::filesystem::path(root->second) / facts.value("folder", std::string())).string());
    return 0;
}

}  // namespace

Command collect_command(const Surroundings& surroundings) {
    const auto directory = std::make_shared<std::string>();
    return {.name = "collect",
            .meaning = "make the dailies of a job directory again, of the takes that are there",
            .example = "nightreel collect /farm/jobs/monday",
            .options = {{.names = "job",
                         .target = directory.get(),
                         .meaning = "job directory that was exported or submitted",
                         .value = "JOBDIR",
                         .required = true}},
            .run = [directory, &surroundings] { return collect(*directory, surroundings); }};
}

}  // namespace nightreel::cli
