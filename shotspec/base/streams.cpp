#include "shotspec/base/streams.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace nightreel {
namespace {

// The first fault of an answer. Of the program, like stdout itself.
std::atomic<int> answer_fault{0};

void note_fault() noexcept {
    int none = 0;
    answer_fault.compare_exchange_strong(none, errno == 0 ? EIO : errno);
}

bool is_closed(int descriptor) {
    return ::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF;
}

}  // namespace

void prepare_standard_streams() {
    ::signal(SIGPIPE, SIG_IGN);
    // A closed stdout stays one that refuses to be written to: an answer must not vanish in
    // silence.
    constexpr std::array<int, 3> modes{O_RDONLY, O_RDONLY, O_WRONLY};
    for (int stream = 0; stream < 3; ++stream) {
        // The lowest free number is taken, which is this one.
        if (is_closed(stream)) (void)::open("/dev/null", modes[static_cast<std::size_t>(stream)]);
    }
}

std::size_t write_some(int descriptor, std::string_view text) noexcept {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t written = ::write(descriptor, text.data() + done, text.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) break;
        done += static_cast<std::size_t>(written);
    }
    return done;
}

void say_text(std::string_view text) noexcept {
    (void)write_some(STDERR_FILENO, text);
}

void answer_text(std::string_view text) noexcept {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size()) note_fault();
}

void mention_text(std::string_view text) noexcept {
    errno = 0;
    if (std::fflush(stdout) != 0) note_fault();
    (void)write_some(STDOUT_FILENO, text);
}

std::string lost_answers() {
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) note_fault();
    const int fault = answer_fault.load();
    return fault == 0 ? std::string() : std::generic_category().message(fault);
}

}  // namespace nightreel
