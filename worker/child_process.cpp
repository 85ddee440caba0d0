#include "worker/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
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

// What a process that has ended may have left in its pipes, and what else came into them since.
constexpr int rest_rounds_max = 16;

}  // namespace

ChildProcess::ChildProcess(const ChildProgram& program) {
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

// Appends what can be read now, up to a limit.
ChildProcess::Taken ChildProcess::read_into(int descriptor, std::string& text) {
    std::array<char, 16 * 1024> part;
    for (std::size_t taken = 0; taken < pump_bytes_max;) {
        const ssize_t got = ::recv(descriptor, part.data(), part.size(), 0);
        if (got > 0) {
            text.append(part.data(), static_cast<std::size_t>(got));
            taken += static_cast<std::size_t>(got);
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        return got < 0 && errno == EAGAIN ? Taken::all : Taken::end;
    }
    return Taken::some;
}

void ChildProcess::pump() {
    if (exit_) return;
    send_unsent();
    // Asked before reading: what a process wrote before its end is there by then.
    const bool has_ended = child_->has_ended();
    const Taken output = take_output();
    // After the output: what it logged before it said a line is taken in with that line.
    log_closed_ = read_into(log_.get(), log_text_) == Taken::end;
    if (partial_line_.size() > line_bytes_max) {
        kill();
        throw Error(ErrorKind::crash,
                    fmt::format("the renderer wrote a line of more than {} bytes and was stopped",
                                line_bytes_max));
    }
    if (has_ended) {
        child_->send(SIGKILL);  // all that it started; it keeps its own exit code
        take_rest();
        exit_ = child_->wait();
    } else if (output == Taken::end && !is_ending_) {
        is_ending_ = true;
        child_->send(SIGKILL);  // what only closed its output is of no more use
    }
}

void ChildProcess::take_rest() {
    for (int i = 0; i < rest_rounds_max && take_output() == Taken::some; ++i) {
    }
    for (int i = 0; i < rest_rounds_max; ++i) {
        if (read_into(log_.get(), log_text_) != Taken::some) return;
    }
}

// Cuts what can be read now into lines.
ChildProcess::Taken ChildProcess::take_output() {
    const Taken taken = read_into(output_.get(), partial_line_);
    std::size_t start = 0;
    for (std::size_t end; (end = partial_line_.find('\n', start)) != std::string::npos;) {
        lines_.push_back(partial_line_.substr(start, end - start));
        start = end + 1;
    }
    partial_line_.erase(0, start);
    return taken;
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
