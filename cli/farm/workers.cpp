// workers: whether a worker of a farm is given work.
#include <memory>

#include "cli/farm/farm_access.h"
#include "cli/verbs.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

struct WorkersAsked {
    FarmChoice farm;
    std::string worker;
};

struct Mode {
    const char* name;
    const char* word;  // of scheduler/farm/worker_offer.h
    const char* meaning;
    const char* example;
    const char* done;
};

int set_mode(const Mode& mode, const WorkersAsked& asked, const Surroundings& surroundings) {
    FarmAccess farm(asked.farm, surroundings);
    const wire::ServerReply reply = farm.client().ask(wire::ManageWorker{asked.worker, mode.word});
    const auto* changed = std::get_if<wire::Changed>(&reply);
    const bool was_so = changed != nullptr && changed->tasks == 0;
    say("{} {}{}\n", asked.worker, mode.done, was_so ? " already" : "");
    return 0;
}

Command command_of(const Mode& mode,
                   const std::shared_ptr<WorkersAsked>& asked,
                   const Surroundings& surroundings) {
    Command command{
        .name = mode.name,
        .meaning = mode.meaning,
        .example = mode.example,
        .options = {{.names = "worker",
                     .target = &asked->worker,
                     .meaning = "name of the worker in the listing of workers",
                     .value = "NAME",
                     .required = true}},
        .run = [mode, asked, &surroundings] { return set_mode(mode, *asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    return command;
}

}  // namespace

Command workers_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<WorkersAsked>();
    const auto make = [&](const Mode& mode) { return command_of(mode, asked, surroundings); };
    return {.name = "workers",
            .meaning = "start or stop giving work to a worker: drain, offline, online",
            .commands = {make({"drain",
                               "draining",
                               "let a worker finish its task and give it no other",
                               "nightreel workers drain --config farm.yaml render01",
                               "is draining"}),
                         make({"offline",
                               "offline",
                               "take the task from a worker and give it no other",
                               "nightreel workers offline --config farm.yaml render01",
                               "is offline"}),
                         make({"online",
                               "online",
                               "give work to a worker again, also if it was set aside",
                               "nightreel workers online --config farm.yaml render01",
                               "is online"})}};
}

}  // namespace nightreel::cli
