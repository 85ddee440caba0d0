#include "shotspec/base/child.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int exec_failed = 127;
constexpr int end_asked_every_ms = 5;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environment_of(const ChildProgram& program) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const bool replaced = std::any_of(
            program.environment.begin(), program.environment.end(), [&](const auto& added) {
                return text.starts_with(added.first + "=");
            });
        if (!replaced) result.push_back(text);
    }
    for (const auto& [name, value] : program.environment) result.push_back(name + "=" + value);
    return result;
}

// Between fork and exec: async-signal-safe calls alone. posix_spawn cannot ask for the signal at a
// parent's death.
[[noreturn]] void become(const char* path,
                         char* const* arguments,
                         char* const* environment,
                         const ChildStart& start,
                         pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(exec_failed);  // it died before that took effect
    if (start.own_group) ::setpgid(0, 0);
    if (start.ignores_interrupt) ::signal(SIGINT, SIG_IGN);
    ::signal(SIGPIPE, SIG_DFL);  // as programs expect to be started
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int i = 0; i < 3; ++i) {
        const int stream = start.streams[static_cast<std::size_t>(i)];
        if (stream >= 0) ::dup2(stream, i);
    }
    ::execve(path, arguments, environment);
    ::_exit(exec_failed);
}

}  // namespace

Child::Child(const ChildProgram& program, const ChildStart& start) : own_group_(start.own_group) {
    if (::access(program.path.c_str(), X_OK) != 0) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: cannot execute: {}", program.path.string(), strerror(errno)));
    }
    std::vector<std::string> words{program.path.string()};
    words.insert(words.end(), program.arguments.begin(), program.arguments.end());
    std::vector<std::string> settings = environment_of(program);
    const std::vector<char*> arguments = pointers_to(words);
    const std::vector<char*> environment = pointers_to(settings);
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0) throw Error(ErrorKind::unavailable, "cannot start another process");
    if (process_ == 0) {
        become(words[0].c_str(), arguments.data(), environment.data(), start, parent);
    }
    if (own_group_) ::setpgid(process_, process_);  // here too: whoever is first
}

Child::~Child() {
    if (waited_for_) return;
    send(SIGKILL);
    for (int waited = 0; !has_ended() && waited < end_max_ms; waited += end_asked_every_ms) {
        ::poll(nullptr, 0, end_asked_every_ms);
    }
    if (has_ended()) wait();
}

void Child::send(int signal) const {
    if (!waited_for_) ::kill(own_group_ ? -process_ : process_, signal);
}

bool Child::has_ended() const {
    siginfo_t facts{};
    const int flags = WEXITED | WNOHANG | WNOWAIT;
    return waited_for_ ||
           (::waitid(P_PID, static_cast<id_t>(process_), &facts, flags) == 0 && facts.si_pid != 0);
}

ChildEnd Child::wait() {
    NIGHTREEL_CHECK(!waited_for_, "a process has one end");
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    waited_for_ = true;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 0,
            WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

int Child::ended_descriptor() {
    if (!ended_) ended_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
    if (!ended_) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("pidfd_open: {}; requires Linux 5.3", strerror(errno)));
    }
    return ended_.get();
}

}  // namespace nightreel
