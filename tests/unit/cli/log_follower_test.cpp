#include "cli/farm/log_follower.h"

#include <catch2/catch.hpp>

namespace nightreel::cli {
namespace {

Json row(const char* task, int attempt, bool running, int offset, const std::string& tail) {
    return {{"task", task},
            {"attempt", attempt},
            {"worker", "w0"},
            {"path", running ? "" : "/logs/a.log"},
            {"running", running},
            {"offset", offset},
            {"tail", tail}};
}

}  // namespace

TEST_CASE("a follower shows each byte of a log once, under one heading", "[cli]") {
    LogFollower follower;
    CHECK(follower.news(Json::array({row("a", 1, true, 0, "one\n")})) ==
          "== a  attempt 1  on w0\none\n");
    CHECK(follower.news(Json::array({row("a", 1, true, 0, "one\n")})).empty());
    CHECK(follower.news(Json::array({row("a", 1, true, 0, "one\ntwo\nth")})) == "two\nth");
    // The scheduler keeps the end alone.
    CHECK(follower.news(Json::array({row("a", 1, true, 4, "two\nthree\n")})) == "ree\n");
    // The attempt has ended: what is left of it, found by what was read before.
    CHECK(follower.news(Json::array({row("a", 1, false, 0, "one\ntwo\nthree\nend\n")})) == "end\n");
    CHECK(follower.news(Json::array({row("a", 1, false, 0, "one\ntwo\nthree\nend\n")})).empty());
}

TEST_CASE("a follower says what it missed, and who speaks", "[cli]") {
    LogFollower follower;
    CHECK(follower.news(Json::array({row("a", 1, true, 0, "one")})) ==
          "== a  attempt 1  on w0\none");
    CHECK(follower.news(Json::array({row("a", 1, true, 10, "ten\n")})) ==
          "[7 bytes not shown]\nten\n");
    CHECK(follower.news(
              Json::array({row("a", 1, true, 10, "ten\npart"), row("b", 2, true, 0, "B\n")})) ==
          "part\n== b  attempt 2  on w0\nB\n");
    // Began and ended between two looks.
    CHECK(follower.news(Json::array({row("c", 3, false, 0, "C\n")})) ==
          "== c  attempt 3  on w0  /logs/a.log\nC\n");
}

}  // namespace nightreel::cli
