#include "shotspec/base/streams.h"

#include <array>
#include <string>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/wait.h>

#include "shotspec/base/descriptor.h"

namespace {

// What the program would end with that prints with these standard streams; -1: closed.
int exit_code_with(int out, int err, void (*body)()) {
    const pid_t child = ::fork();
    if (child == 0) {
        for (const auto& [stream, file] : std::array{std::pair{1, out}, std::pair{2, err}}) {
            if (file < 0) ::close(stream);
            if (file >= 0) ::dup2(file, stream);
        }
        nightreel::prepare_standard_streams();
        body();
        ::_exit(nightreel::lost_answers().empty() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// The end of a pipe that nobody reads.
nightreel::Descriptor unread_pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    ::close(ends[0]);
    return nightreel::Descriptor(ends[1]);
}

void print() {
    nightreel::say("{} messages\n", 3);
    nightreel::mention_text("a path\n");
}

void answer_too() {
    print();
    nightreel::answer("{}\n", 7);
}

}  // namespace

TEST_CASE("messages that cannot be written cost nothing, answers are found to be lost", "[base]") {
    const nightreel::Descriptor full(::open("/dev/full", O_WRONLY));
    const nightreel::Descriptor well(::open("/dev/null", O_WRONLY));
    const nightreel::Descriptor gone = unread_pipe();
    for (const int broken : {full.get(), gone.get(), -1}) {
        CAPTURE(broken);
        CHECK(exit_code_with(broken, broken, print) == 0);
        CHECK(exit_code_with(well.get(), broken, answer_too) == 0);
        CHECK(exit_code_with(broken, well.get(), answer_too) == 1);
    }
}

TEST_CASE("a file that is opened never takes the place of a closed standard stream", "[base]") {
    CHECK(exit_code_with(-1, -1, [] {
              const nightreel::Descriptor file(::open("/dev/null", O_RDONLY));
              if (file.get() < 3) ::_exit(9);
          }) == 0);
}
