#include "shotspec/base/child.h"

#include <csignal>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <poll.h>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

ChildProgram shell(const std::string& line) {
    return {"/bin/sh", {"-c", line}, {{"NIGHTREEL_CHILD_TEST", "a b'c"}}};
}

}  // namespace

TEST_CASE("a child ends with its code or by its signal", "[base]") {
    CHECK(Child(shell("exit 7")).wait().code == 7);
    const ChildEnd killed = Child(shell("kill -9 $$")).wait();
    CHECK(killed.code == 0);
    CHECK(killed.signal == SIGKILL);
}

TEST_CASE("a child gets its words, its environment and its streams as they are", "[base]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "said";
    const Descriptor said(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    ChildProgram program = shell(R"(printf '%s|%s|%s' "$1" "$NIGHTREEL_CHILD_TEST" "$HOME")");
    program.arguments.insert(program.arguments.end(), {"name", "it's $HOME \"here\""});
    program.environment.emplace_back("HOME", "/nowhere");
    CHECK(Child(program, {.streams = {-1, said.get(), said.get()}}).wait().code == 0);
    CHECK(read_file(path) == R"(it's $HOME "here"|a b'c|/nowhere)");
}

TEST_CASE("a child is not deaf to the signals that its parent has blocked", "[base]") {
    sigset_t terminate;
    sigset_t before;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &terminate, &before) == 0);
    const ChildEnd end = Child(shell("kill -TERM $$; exit 3")).wait();
    REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
    CHECK(end.signal == SIGTERM);
}

TEST_CASE("the end of a child can be polled for and changes nothing", "[base]") {
    Child child(shell("sleep 1000"), {.own_group = true});
    pollfd ended{child.ended_descriptor(), POLLIN, 0};
    child.send(SIGKILL);
    CHECK(::poll(&ended, 1, 20'000) == 1);
    CHECK(child.has_ended());
    CHECK(child.has_ended());
    CHECK(child.wait().signal == SIGKILL);
    child.send(SIGKILL);  // to nobody
}

TEST_CASE("with its object goes a child and all that it started", "[base]") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    {
        const Child child(shell("sleep 1000 & echo; wait"),
                          {.streams = {-1, writing.get(), -1}, .own_group = true});
        writing = Descriptor();
        char letter = 0;
        REQUIRE(::read(reading.get(), &letter, 1) == 1);
    }
    // The pipe ends when the last of them has gone.
    char letter = 0;
    CHECK(::read(reading.get(), &letter, 1) == 0);
}

TEST_CASE("a program that is not there is unavailable, and named in full", "[base]") {
    CHECK_THROWS_WITH(Child({"/no/such/program", {}, {}}),
                      "/no/such/program: cannot execute: No such file or directory");
}

}  // namespace nightreel
