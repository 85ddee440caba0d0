#include "worker/child_process.h"

#include <catch2/catch.hpp>

namespace nightreel {

TEST_CASE("what a child says before it dies is taken in, whenever one looks", "[worker]") {
    // Looking without a pause meets the moment between its last line and its end.
    for (int i = 0; i < 30; ++i) {
        ChildProcess child({"/bin/sh", {"-c", "echo why >&2; echo last; exit 3"}, {}});
        while (!child.exit()) child.pump();
        CHECK(child.exit()->end.code == 3);
        CHECK(child.take_lines() == std::vector<std::string>{"last"});
        CHECK(child.take_log() == "why\n");
    }
}

}  // namespace nightreel
