#include "pipeline/program/daemon/daemon.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pipeline/program/daemon/local_socket.h"
#include "pipeline/program/daemon/serve_tasks.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_lock.h"
#include "shotspec/base/stop_signal.h"
#include "shotspec/base/streams.h"

namespace nightreel {
namespace {

constexpr int stop_max_ms = 30'000;  // until a daemon that was asked to end is killed
constexpr std::size_t fault_bytes_max = 4'096;

std::filesystem::path log_of(const std::filesystem::path& socket) {
    return socket.string() + ".log";
}

// Held while the daemon lives, however it ends.
FileLock lock_of(const std::filesystem::path& socket) {
    FileLock lock(log_of(socket), O_RDWR | O_CREAT);
    if (!lock.opened()) throw file_error(log_of(socket), "cannot be written", last_file_error());
    return lock;
}

// Nothing of the caller's is kept: it may wait for the end of its pipes, or unmount its folder.
void let_go_of_caller(const std::filesystem::path& log) {
    const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const Descriptor said(::open(log.c_str(), O_WRONLY | O_APPEND | O_TRUNC | O_CLOEXEC));
    ::dup2(nothing.get(), STDIN_FILENO);
    ::dup2(nothing.get(), STDOUT_FILENO);
    ::dup2(said ? said.get() : nothing.get(), STDERR_FILENO);
    if (::chdir("/") != 0) say("nightreel-render: /: {}\n", std::strerror(errno));
}

// The daemon's life. What is wrong before it accepts goes to `starter`, which is closed then.
int live(const DaemonArguments& asked, const FarmEnvironment& environment, Descriptor starter) {
    ::setsid();
    const StopOnSignals stop;
    Descriptor listener;
    try {
        listener = bind_socket(asked.socket);
        let_go_of_caller(log_of(asked.socket));
        listen_on(listener, asked.socket);
    } catch (const Error& error) {
        (void)write_some(starter.get(), error.what());
        return exit_code_of(error.kind());
    }
    (void)write_some(starter.get(), "\n");
    starter = Descriptor();
    serve_tasks(listener, environment.gpus, stop, asked.idle_max, SystemClock());
    ::unlink(asked.socket.c_str());
    return 0;
}

// What a new daemon says of itself: "\n" when it accepts, else why not.
std::string word_of_daemon(const Descriptor& pipe) {
    std::string text;
    std::array<char, fault_bytes_max> buffer;
    while (true) {
        const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

int start(const DaemonArguments& asked, const FarmEnvironment& environment) {
    const FileLock lock = lock_of(asked.socket);
    if (!lock.held()) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: a daemon runs there already: stop it with `nightreel-render "
                                "daemon stop {}`",
                                asked.socket.string(),
                                asked.socket.string()));
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw Error(ErrorKind::unavailable, fmt::format("no pipe: {}", std::strerror(errno)));
    }
    Descriptor heard(ends[0]);
    Descriptor told(ends[1]);
    const pid_t process = ::fork();
    if (process < 0) {
        throw Error(ErrorKind::unavailable, fmt::format("no process: {}", std::strerror(errno)));
    }
    if (process == 0) {
        heard = Descriptor();
        return live(asked, environment, std::move(told));
    }
    told = Descriptor();
    const std::string word = word_of_daemon(heard);
    if (word == "\n") return 0;
    throw Error(ErrorKind::unavailable,
                word.empty()
                    ? fmt::format("the daemon ended at once; see {}", log_of(asked.socket).string())
                    : word);
}

// Whether the other side has closed within the time.
bool has_closed(const Descriptor& socket, int wait_milliseconds) {
    pollfd item{socket.get(), POLLIN, 0};
    int come = -1;
    do {
        come = ::poll(&item, 1, wait_milliseconds);
    } while (come < 0 && errno == EINTR);
    return come > 0;
}

int stop(const DaemonArguments& asked) {
    const Descriptor socket = connect_to(asked.socket);
    if (!socket) {
        say("nightreel-render: {}: no daemon runs there\n", asked.socket.string());
        // Without the lock it would be that of a daemon that is just starting.
        const FileLock lock(log_of(asked.socket), O_RDWR);
        if (lock.held() && std::filesystem::is_socket(asked.socket)) {
            ::unlink(asked.socket.c_str());
        }
        return 0;
    }
    const pid_t process = process_behind(socket);
    if (process <= 0) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: the daemon runs in another container: stop it there",
                                asked.socket.string()));
    }
    // Of the process itself where the system has such a thing, else the end of its socket.
    const Descriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
    ::kill(process, SIGTERM);
    const Descriptor& end = ended ? ended : socket;
    if (has_closed(end, stop_max_ms)) return 0;
    say("nightreel-render: {}: process {} has not ended within {} s and is killed\n",
        asked.socket.string(),
        process,
        stop_max_ms / 1'000);
    ::kill(process, SIGKILL);
    if (has_closed(end, stop_max_ms)) return 0;
    throw Error(
        ErrorKind::timed_out,
        fmt::format("process {} was killed and has not ended, probably inside a driver", process));
}

}  // namespace

int run_daemon(std::span<const std::string> arguments, const FarmEnvironment& environment) {
    const DaemonArguments asked = daemon_arguments_of(arguments);
    return asked.starts ? start(asked, environment) : stop(asked);
}

}  // namespace nightreel
