#include "worker/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int exec_failed = 127;

// A connected pair of descriptors, ours and the child's.
struct Ends {
    int ours = -1;
    int theirs = -1;

    ~Ends() {
        if (ours >= 0) ::close(ours);
        if (theirs >= 0) ::close(theirs);
    }

    int release() { return std::exchange(ours, -1); }
};

// Sockets, because writing to one whose reader has died need not raise SIGPIPE.
void connect(Ends& ends) {
    int both[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) {
        throw Error(ErrorKind::unavailable, "no file descriptor available for a child process");
    }
    ends.ours = both[0];
    ends.theirs = both[1];
    ::fcntl(ends.ours, F_SETFL, O_NONBLOCK);
}

// How often the system has killed for want of memory since it started; 0 where it does not say.
unsigned long long memory_kills() {
    std::ifstream stream("/proc/vmstat");
    std::string name;
    unsigned long long value = 0;
    while (stream >> name >> value) {
        if (name == "oom_kill") return value;
    }
    return 0;
}

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

// Between fork and exec: async-signal-safe calls alone.
[[noreturn]] void become(const char* path,
                         char* const* arguments,
                         char* const* environment,
                         const std::array<int, 3>& ends,
                         pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(exec_failed);  // it died before that took effect
    ::setpgid(0, 0);  // Ctrl-C at a terminal is for the worker, who then stops the child
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int i = 0; i < 3; ++i) ::dup2(ends[static_cast<std::size_t>(i)], i);
    ::execve(path, arguments, environment);
    ::_exit(exec_failed);
}

// Appends what can be read now; false at the end of the stream.
bool read_into(int descriptor, std::string& text) {
    std::array<char, 16 * 1024> part;
    while (true) {
        const ssize_t got = ::recv(descriptor, part.data(), part.size(), 0);
        if (got > 0) {
            text.append(part.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        return got < 0 && errno == EAGAIN;
    }
}

}  // namespace

ChildProcess::ChildProcess(const ChildProgram& program) : memory_kills_(memory_kills()) {
    if (::access(program.path.c_str(), X_OK) != 0) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: cannot execute: {}", program.path.string(), strerror(errno)));
    }
    std::array<Ends, 3> ends;
    for (Ends& end : ends) connect(end);
    std::vector<std::string> words{program.path.string()};
    words.insert(words.end(), program.arguments.begin(), program.arguments.end());
    std::vector<std::string> settings = environment_of(program);
    const std::vector<char*> arguments = pointers_to(words);
    const std::vector<char*> environment = pointers_to(settings);
    const std::array<int, 3> theirs{ends[0].theirs, ends[1].theirs, ends[2].theirs};
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0) throw Error(ErrorKind::unavailable, "cannot start another process");
    if (process_ == 0) {
        become(words[0].c_str(), arguments.data(), environment.data(), theirs, parent);
    }
    ::setpgid(process_, process_);  // here too: whoever is first
    input_ = ends[0].release();
    output_ = ends[1].release();
    log_ = ends[2].release();
}

ChildProcess::~ChildProcess() {
    kill();
    if (!exit_) ::waitpid(process_, nullptr, 0);
    for (const int descriptor : {input_, output_, log_}) {
        if (descriptor >= 0) ::close(descriptor);
    }
}

void ChildProcess::send_line(const std::string& line) {
    unsent_ += line;
    unsent_ += '\n';
    send_unsent();
}

void ChildProcess::send_unsent() {
    while (!unsent_.empty()) {
        const ssize_t sent = ::send(input_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EPIPE) unsent_.clear();  // its end shows on the other streams
        if (sent <= 0) return;
        unsent_.erase(0, static_cast<std::size_t>(sent));
    }
}

void ChildProcess::pump() {
    if (exit_) return;
    send_unsent();
    read_into(log_, log_text_);
    const bool open = read_into(output_, partial_line_);
    std::size_t start = 0;
    for (std::size_t end; (end = partial_line_.find('\n', start)) != std::string::npos;) {
        lines_.push_back(partial_line_.substr(start, end - start));
        start = end + 1;
    }
    partial_line_.erase(0, start);
    if (partial_line_.size() > line_bytes_max) {
        kill();
        throw Error(ErrorKind::crash,
                    fmt::format("the renderer wrote a line of more than {} bytes and was stopped",
                                line_bytes_max));
    }
    if (!open || has_ended()) reap();
}

bool ChildProcess::has_ended() const {
    siginfo_t facts{};
    const int flags = WEXITED | WNOHANG | WNOWAIT;
    return ::waitid(P_PID, static_cast<id_t>(process_), &facts, flags) == 0 && facts.si_pid != 0;
}

// Its output has ended, or itself. A process that is ending keeps its exit code whatever signal
// comes; one that only closed its output is of no more use.
void ChildProcess::reap() {
    ::kill(-process_, SIGKILL);
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    read_into(log_, log_text_);
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    exit_ = ChildExit{WIFEXITED(status) ? WEXITSTATUS(status) : 0,
                      signal,
                      signal == SIGKILL && memory_kills() > memory_kills_};
}

std::vector<std::string> ChildProcess::take_lines() {
    return std::exchange(lines_, {});
}

std::string ChildProcess::take_log() {
    return std::exchange(log_text_, {});
}

void ChildProcess::terminate() const {
    if (!exit_) ::kill(-process_, SIGTERM);
}

void ChildProcess::kill() const {
    if (!exit_) ::kill(-process_, SIGKILL);
}

}  // namespace nightreel
