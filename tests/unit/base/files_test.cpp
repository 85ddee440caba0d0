#include "shotspec/base/files.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using nightreel::TemporaryFolder;

TEST_CASE("a file written atomically holds the text and leaves nothing beside it", "[base]") {
    const TemporaryFolder folder;
    nightreel::write_file_atomically(folder.path() / "a.txt", "first");
    nightreel::write_file_atomically(folder.path() / "a.txt", "second");
    CHECK(nightreel::read_file(folder.path() / "a.txt") == "second");
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a failed write names the path and leaves the old file as it was", "[base]") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(nightreel::write_file_atomically(folder.path() / "none" / "a.txt", "text"),
                      Catch::Contains("none"));
    fs::create_directory(folder.path() / "taken");
    nightreel::write_file_atomically(folder.path() / "taken" / "old", "old");
    CHECK_THROWS_AS(nightreel::write_file_atomically(folder.path() / "taken", "text"),
                    nightreel::Error);
    CHECK(nightreel::read_file(folder.path() / "taken" / "old") == "old");
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("reading what is not there names it", "[base]") {
    CHECK_THROWS_WITH(nightreel::read_file("/nowhere/at/all"), Catch::Contains("/nowhere/at/all"));
}
