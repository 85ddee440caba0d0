#include "cli/night/worker_crew.h"

#include <algorithm>
#include <csignal>
#include <memory>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include "shotspec/base/child.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/log.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr int farewell_ms = 10'000;  // from SIGTERM to SIGKILL

struct Member {
    std::int32_t number = 1;
    std::unique_ptr<Child> process = {};  // none once it has died too often
    int restarts = 0;
};

std::string config_text(const FarmFolder& folder,
                        const wire::Address& scheduler,
                        const CrewOptions& options,
                        std::int32_t number) {
    std::string models;
    for (const std::string& root : options.model_roots) {
        models += fmt::format("{}{}", models.empty() ? "" : ", ", json_quoted(root));
    }
    return fmt::format(
        "nightreel_farm: 1\n"
        "keys: {}\n"
        "worker:\n"
        "  scheduler: {}\n"
        "  scheduler_key: \"{}\"\n"
        "  key_file: {}\n"
        "  store: {}\n"
        "  state: {}\n"
        "  device: {}\n"
        "  threads: {}\n"
        "  link: {}\n"
        "{}{}"
        "  store_free_min: 16MiB\n"
        "  models: [{}]\n",
        json_quoted((folder.root / "keys").string()),
        json_quoted(scheduler.endpoint),
        scheduler.scheduler.text(),
        json_quoted(folder.key(FarmFolder::worker_name(number)).string()),
        json_quoted(folder.store().string()),
        json_quoted(folder.worker(number).string()),
        json_quoted(options.device),
        options.threads,
        options.link,
        options.precision.empty() ? "" : fmt::format("  precision: {}\n", options.precision),
        options.memory_bytes == 0 ? "" : fmt::format("  memory: {}B\n", options.memory_bytes),
        models);
}

fs::path log_of(const FarmFolder& folder, std::int32_t number) {
    return folder.worker(number) / "worker.log";
}

// The child is this program as `nightreel worker`. Ctrl-C at the terminal is answered by us alone.
void start(Member& member, const FarmFolder& folder, const CrewOptions& options) {
    std::vector<std::string> arguments{
        "worker", "--config", folder.worker_config(member.number).string(), "--embedded"};
    if (!options.device_class.empty()) {
        arguments.insert(arguments.end(), {"--device-class", options.device_class});
    }
    const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Descriptor log(::open(
        log_of(folder, member.number).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    member.process = std::make_unique<Child>(
        ChildProgram{options.program, std::move(arguments), {}},
        ChildStart{.streams = {input.get(), log.get(), log.get()}, .ignores_interrupt = true});
}

pollfd end_of(const Member& member) {
    return {member.process ? member.process->ended_descriptor() : -1, POLLIN, 0};
}

// Asks all to end and gives them time for it.
void dismiss(std::vector<Member>& members) {
    for (const Member& member : members) {
        if (member.process) member.process->send(SIGTERM);
    }
    for (Member& member : members) {
        pollfd ended = end_of(member);
        if (member.process) ::poll(&ended, 1, farewell_ms);
        member.process.reset();
    }
}

}  // namespace

WorkerCrew::WorkerCrew(const FarmFolder& folder,
                       const wire::Address& scheduler,
                       CrewOptions options)
    : folder_(folder), options_(std::move(options)) {
    for (std::int32_t number = 1; number <= options_.workers; ++number) {
        fs::create_directories(folder.worker(number));
        write_file_atomically(folder.worker_config(number),
                              config_text(folder, scheduler, options_, number));
    }
    thread_ = std::jthread([this] {
        try {
            watch();
        } catch (const std::exception&) {
            // The owner of the crew gets it from rethrow_failure.
            const std::lock_guard lock(mutex_);
            failure_ = std::current_exception();
        }
    });
}

WorkerCrew::~WorkerCrew() {
    stop_.raise();
    if (thread_.joinable()) thread_.join();
}

void WorkerCrew::rethrow_failure() const {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
}

// Starts the workers from this thread, because they are to die with the thread that started them.
void WorkerCrew::watch() const {
    std::vector<Member> members;
    for (std::int32_t number = 1; number <= options_.workers; ++number) {
        start(members.emplace_back(Member{.number = number}), folder_, options_);
    }
    const auto works = [](const Member& member) { return member.process != nullptr; };
    while (std::any_of(members.begin(), members.end(), works)) {
        std::vector<pollfd> awaited{{stop_.descriptor(), POLLIN, 0}};
        for (const Member& member : members) awaited.push_back(end_of(member));
        ::poll(awaited.data(), awaited.size(), -1);
        if (stop_.raised()) return dismiss(members);
        for (Member& member : members) {
            if (!member.process || !member.process->has_ended()) continue;
            member.process.reset();
            if (++member.restarts <= restarts_max) start(member, folder_, options_);
        }
    }
    throw Error(ErrorKind::crash,
                fmt::format("every worker process exited {} times; see {}",
                            restarts_max + 1,
                            log_of(folder_, 1).string()));
}

}  // namespace nightreel::cli
