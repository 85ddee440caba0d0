#include "cli/night/worker_crew.h"

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/log.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr int farewell_ms = 10'000;  // from SIGTERM to SIGKILL

struct Member {
    std::int32_t number = 1;
    pid_t process = -1;
    int descriptor = -1;  // readable when the process has ended
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
        "  name: {}\n"
        "  key_file: {}\n"
        "  store: {}\n"
        "  state: {}\n"
        "  device: {}\n"
        "  threads: {}\n"
        "{}{}"
        "  store_free_min: 16MiB\n"
        "  models: [{}]\n",
        json_quoted((folder.root / "keys").string()),
        json_quoted(scheduler.endpoint),
        scheduler.scheduler.text(),
        FarmFolder::worker_name(number),
        json_quoted(folder.key(FarmFolder::worker_name(number)).string()),
        json_quoted(folder.store().string()),
        json_quoted(folder.worker(number).string()),
        json_quoted(options.device),
        options.threads,
        options.precision.empty() ? "" : fmt::format("  precision: {}\n", options.precision),
        options.memory_bytes == 0 ? "" : fmt::format("  memory: {}B\n", options.memory_bytes),
        models);
}

// The child is this program as `nightreel worker`. Between fork and exec only what is safe there is
// called.
void start(Member& member, const FarmFolder& folder, const std::string& program) {
    const std::string config = folder.worker_config(member.number).string();
    const std::string log = (folder.worker(member.number) / "worker.log").string();
    const std::array<const char*, 6> arguments{
        program.c_str(), "worker", "--config", config.c_str(), "--embedded", nullptr};
    const pid_t parent = ::getpid();
    member.process = ::fork();
    if (member.process < 0)
        throw Error(ErrorKind::unavailable, "a worker process cannot be started");
    if (member.process == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);  // died in between
        const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
        const int input = ::open("/dev/null", O_RDONLY);
        if (output >= 0) {
            ::dup2(output, STDOUT_FILENO);
            ::dup2(output, STDERR_FILENO);
        }
        if (input >= 0) ::dup2(input, STDIN_FILENO);
        ::signal(SIGINT, SIG_IGN);  // Ctrl-C at the terminal is answered by the parent
        ::execv(program.c_str(), const_cast<char* const*>(arguments.data()));
        ::_exit(127);
    }
    member.descriptor = static_cast<int>(::syscall(SYS_pidfd_open, member.process, 0));
    if (member.descriptor < 0)
        throw Error(ErrorKind::unavailable, "this kernel lacks pidfd_open (Linux 5.3)");
}

void bury(Member& member) {
    ::waitpid(member.process, nullptr, 0);
    ::close(member.descriptor);
    member.process = -1;
    member.descriptor = -1;
}

// Asks all to end and gives them time for it.
void dismiss(std::vector<Member>& members) {
    for (const Member& member : members) {
        if (member.process > 0) ::kill(member.process, SIGTERM);
    }
    for (Member& member : members) {
        if (member.process <= 0) continue;
        pollfd ended{member.descriptor, POLLIN, 0};
        if (::poll(&ended, 1, farewell_ms) == 0) ::kill(member.process, SIGKILL);
        bury(member);
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
    thread_ = std::jthread([this] { watch(); });
}

WorkerCrew::~WorkerCrew() {
    stop_.raise();
    if (thread_.joinable()) thread_.join();
}

// Starts the workers from this thread, because they are to die with the thread that started them.
void WorkerCrew::watch() {
    std::vector<Member> members;
    for (std::int32_t number = 1; number <= options_.workers; ++number) {
        start(members.emplace_back(Member{number}), folder_, options_.program);
    }
    for (;;) {
        std::vector<pollfd> awaited{{stop_.descriptor(), POLLIN, 0}};
        for (const Member& member : members) awaited.push_back({member.descriptor, POLLIN, 0});
        ::poll(awaited.data(), awaited.size(), -1);
        if (stop_.raised()) break;
        for (Member& member : members) {
            pollfd ended{member.descriptor, POLLIN, 0};
            if (member.process <= 0 || ::poll(&ended, 1, 0) != 1) continue;
            bury(member);
            if (++member.restarts <= restarts_max) start(member, folder_, options_.program);
        }
    }
    dismiss(members);
}

}  // namespace nightreel::cli
