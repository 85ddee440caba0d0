#include "worker/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// A connected pair of descriptors, ours and the child's. Sockets, because writing to one whose
// reader has died need not raise SIGPIPE.
struct Ends {
    Ends() {
        int both[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) {
            throw Error(ErrorKind::unavailable, "no file descriptor available for a child process");
        }
        ours = Descriptor(both[0]);
        theirs = Descriptor(both[1]);
        ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    }

    Descriptor ours;
    Descriptor theirs;
};

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
    Ends input;
    Ends output;
    Ends log;
    child_.emplace(
        program,
        ChildStart{.streams = {input.theirs.get(), output.theirs.get(), log.theirs.get()},
                   .own_group = true});
    input_ = std::move(input.ours);
    output_ = std::move(output.ours);
    log_ = std::move(log.ours);
}

void ChildProcess::send_line(const std::string& line) {
    unsent_ += line;
    unsent_ += '\n';
    send_unsent();
}

void ChildProcess::send_unsent() {
    while (!unsent_.empty()) {
        const ssize_t sent = ::send(input_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EPIPE) unsent_.clear();  // its end shows on the other streams
        if (sent <= 0) return;
        unsent_.erase(0, static_cast<std::size_t>(sent));
    }
}

void ChildProcess::pump() {
    if (exit_) return;
    send_unsent();
    read_into(log_.get(), log_text_);
    const bool open = take_output();
    if (!open || child_->has_ended()) reap();
}

// Cuts what can be read now into lines; false at the end of its output.
bool ChildProcess::take_output() {
    const bool open = read_into(output_.get(), partial_line_);
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
    return open;
}

// Its output has ended, or itself. A process that is ending keeps its exit code whatever signal
// comes; one that only closed its output is of no more use. What it wrote between our last look and
// its end is read afterwards.
void ChildProcess::reap() {
    child_->send(SIGKILL);
    const ChildEnd end = child_->wait();
    exit_ = ChildExit{end, end.signal == SIGKILL && memory_kills() > memory_kills_};
    read_into(log_.get(), log_text_);
    take_output();
}

std::vector<std::string> ChildProcess::take_lines() {
    return std::exchange(lines_, {});
}

std::string ChildProcess::take_log() {
    return std::exchange(log_text_, {});
}

void ChildProcess::terminate() const {
    child_->send(SIGTERM);
}

void ChildProcess::kill() const {
    child_->send(SIGKILL);
}

}  // namespace nightreel
