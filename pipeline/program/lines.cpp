#include "pipeline/program/lines.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int until_something_comes = -1;

[[noreturn]] void fail(const char* what) {
    throw Error(ErrorKind::unavailable, fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

std::optional<std::string> LineInput::take_line() {
    const std::size_t end = pending_.find('\n');
    if (end == std::string::npos) return {};
    std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    return line;
}

std::optional<std::string> LineInput::wait(Millis silence_max) {
    while (!stop_.raised()) {
        if (auto line = take_line()) return line;
        if (closed_ || !take_arrived(static_cast<int>(silence_max.count()))) return {};
    }
    return {};
}

std::optional<std::string> LineInput::wait_when_stopped() {
    while (true) {
        if (auto line = take_line()) return line;
        if (closed_) return {};
        take_arrived(until_something_comes, false);
    }
}

bool LineInput::asks_to_stop() {
    take_arrived(0);
    return closed_ || stop_.raised();
}

// False when nothing has come.
bool LineInput::take_arrived(int wait_milliseconds, bool heeds_stop) {
    std::array<pollfd, 2> sources{pollfd{descriptor_, POLLIN, 0},
                                  pollfd{stop_.descriptor(), POLLIN, 0}};
    const int come = poll(sources.data(), heeds_stop ? 2 : 1, wait_milliseconds);
    if (come < 0) {
        if (errno == EINTR) return true;
        fail("waiting for orders");
    }
    if ((sources[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0) return come > 0;
    std::array<char, 65536> buffer;
    const ssize_t got = read(descriptor_, buffer.data(), buffer.size());
    if (got > 0) pending_.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) closed_ = true;
    if (pending_.size() > request_bytes_max) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("an order of more than {} bytes", request_bytes_max));
    }
    return true;
}

}  // namespace nightreel
