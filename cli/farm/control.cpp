// cancel, pause, resume, retry, priority, delete: wishes about a job, or a part of one.
#include <memory>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/job/job_verbs.h"
#include "cli/night/take_up.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

struct ControlAsked {
    FarmChoice farm;
    std::string directory;
    std::string job;
    bool everything = false;
    std::int32_t priority = 0;
};

struct Wish {
    const char* name;
    const char* meaning;
    const char* example;
    wire::ClientRequest (*make)(const ControlAsked&, const JobAddress&);
    // What is said of the tasks that changed, or of the job when the wish is about all of it.
    const char* done;
    bool whole_job = false;
    bool ended_job = false;  // it is about jobs that have ended
    // The same of a job directory; nothing: only jobs of a farm have it.
    int (*of_directory)(const ControlAsked&, const Surroundings&) = nullptr;
};

wire::ClientRequest cancel_request(const ControlAsked&, const JobAddress& address) {
    return wire::Cancel{address.job, address.path};
}

wire::ClientRequest retry_request(const ControlAsked& asked, const JobAddress& address) {
    return wire::Retry{address.job, address.path, asked.everything};
}

wire::ClientRequest pause_request(const ControlAsked&, const JobAddress& address) {
    return wire::Pause{address.job};
}

wire::ClientRequest resume_request(const ControlAsked&, const JobAddress& address) {
    return wire::Resume{address.job};
}

wire::ClientRequest delete_request(const ControlAsked&, const JobAddress& address) {
    return wire::DeleteJob{address.job};
}

wire::ClientRequest priority_request(const ControlAsked& asked, const JobAddress& address) {
    return wire::SetPriority{address.job, asked.priority};
}

int cancel_directory(const ControlAsked& asked, const Surroundings& surroundings) {
    return cancel_job_directory(asked.directory, asked.job, surroundings);
}

int retry_directory(const ControlAsked& asked, const Surroundings& surroundings) {
    if (asked.everything) {
        throw Error(ErrorKind::usage,
                    "--everything is for jobs of a farm: export the night into another directory "
                    "to render it again");
    }
    return retry_job_directory(asked.directory, asked.job, surroundings);
}

bool has_ended(const std::string& state) {
    return state == "done" || state == "failed" || state == "cancelled";
}

// About a job as a whole: its tasks are not counted, for those that are done do not change.
int ask_for_job(const Wish& wish, const ControlAsked& asked, FarmAccess& farm) {
    const JobAddress address = parse_job_address(asked.job);
    if (!address.path.empty()) {
        throw Error(ErrorKind::usage,
                    fmt::format("{0} takes a whole job: `nightreel {0} {1}`, not {2}",
                                wish.name,
                                address.job,
                                asked.job));
    }
    const std::string state = job_state(farm.client(), address.job);
    if (has_ended(state) && !wish.ended_job) {
        say("job {} is {}: nothing changed\n", address.job, state);
        return 0;
    }
    farm.client().ask(wish.make(asked, address));
    say("job {} {}\n", address.job, wish.done);
    return 0;
}

// A take is done only while it is whole: tasks that publish another are retried too.
std::uint64_t retry_damaged(wire::Client& client,
                            const ControlAsked& asked,
                            const JobAddress& address) {
    if (asked.everything) return 0;  // they are among the others
    const Json status = read_status(client, address);
    const std::string output = status.at("job").value("output", std::string());
    const auto damaged = damaged_takes(status.at("tasks"), output);
    const std::uint64_t tasks = publish_again(client, address.job, damaged);
    if (tasks > 0 || !address.path.empty()) return tasks;
    return write_dailies_again(client, address.job, status.at("job"));
}

int ask_for(const Wish& wish, const ControlAsked& asked, const Surroundings& surroundings) {
    if (!asked.directory.empty()) return wish.of_directory(asked, surroundings);
    FarmAccess farm(asked.farm, surroundings);
    if (wish.whole_job) return ask_for_job(wish, asked, farm);
    const JobAddress address = parse_job_address(asked.job);
    const wire::ClientRequest request = wish.make(asked, address);
    const wire::ServerReply reply = farm.client().ask(request);
    const auto* changed = std::get_if<wire::Changed>(&reply);
    std::uint64_t tasks = changed == nullptr ? 0 : changed->tasks;
    if (std::holds_alternative<wire::Retry>(request)) {
        tasks += retry_damaged(farm.client(), asked, address);
    }
    if (tasks == 0) {
        const std::string state = job_state(farm.client(), address.job);
        say("0 tasks {}: job {} is {}\n", wish.done, address.job, state);
        return 0;
    }
    say("{} {}\n", counted(static_cast<std::int64_t>(tasks), "task"), wish.done);
    if (farm.nobody_works()) {
        say("no `nightreel run` is working on this folder; run the same command again\n");
    }
    return 0;
}

Command command_of(const Wish& wish,
                   const std::shared_ptr<ControlAsked>& asked,
                   const Surroundings& surroundings) {
    Command command{
        .name = wish.name,
        .meaning = wish.meaning,
        .example = wish.example,
        .options = {wish.of_directory == nullptr ? job_argument(asked->job, "job number")
                                                 : job_or_part_argument(asked->job)},
        .run = [wish, asked, &surroundings] { return ask_for(wish, *asked, surroundings); }};
    add_farm_options(command, asked->farm, surroundings);
    if (wish.of_directory != nullptr) {
        command.options.push_back(job_directory_option(asked->directory));
    }
    return command;
}

}  // namespace

std::vector<Command> control_commands(const Surroundings& surroundings) {
    const auto asked = std::make_shared<ControlAsked>();
    const auto make = [&](const Wish& wish) { return command_of(wish, asked, surroundings); };
    Command retry = make({"retry",
                          "retry failed and cancelled tasks; publish damaged takes again",
                          "nightreel retry -o out 1.sq010_sh0010",
                          retry_request,
                          "to run again",
                          false,
                          false,
                          retry_directory});
    retry.options.push_back({.names = "--everything",
                             .target = &asked->everything,
                             .meaning = "also render finished tasks again"});
    Command priority = make({"priority",
                             "set the priority of a job",
                             "nightreel priority --config farm.yaml 12 50",
                             priority_request,
                             "has another priority",
                             true});
    priority.options.push_back({.names = "priority",
                                .target = &asked->priority,
                                .meaning = "higher runs first",
                                .value = "N",
                                .required = true});
    return {make({"cancel",
                  "cancel a job, a shot, a take or a task",
                  "nightreel cancel -o out 1.sq010_sh0010.take02",
                  cancel_request,
                  "cancelled",
                  false,
                  false,
                  cancel_directory}),
            std::move(retry),
            make({"pause",
                  "stop starting new tasks of a job (running ones finish)",
                  "nightreel pause --config farm.yaml 12",
                  pause_request,
                  "is paused; what runs finishes",
                  true}),
            make({"resume",
                  "resume a paused job",
                  "nightreel resume --config farm.yaml 12",
                  resume_request,
                  "is resumed",
                  true}),
            std::move(priority),
            make({"delete",
                  "delete a job that has ended from the listings; its takes and results stay",
                  "nightreel delete --config farm.yaml 12",
                  delete_request,
                  "is deleted; its takes and results stay",
                  true,
                  true})};
}

}  // namespace nightreel::cli
