#include "shotspec/base/files.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "shotspec/base/disk/replace_folder.h"
#include "shotspec/base/error.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using nightreel::TemporaryFolder;

namespace {

unsigned mode_of(const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
}

}  // namespace

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

TEST_CASE("what is written or copied may be used by whom the umask allows", "[base]") {
    const TemporaryFolder folder;
    const mode_t before = ::umask(0);
    for (const mode_t mask : {0U, 002U, 022U, 027U, 077U}) {
        ::umask(mask);
        const fs::path written = folder.path() / fmt::format("written_{:o}", mask);
        const fs::path copied = folder.path() / fmt::format("copied_{:o}", mask);
        nightreel::write_file_atomically(written, "text");
        fs::permissions(written, fs::perms::owner_read);
        nightreel::copy_whole_file(written, copied);
        CHECK(nightreel::read_file(copied) == "text");
        CHECK(mode_of(copied) == (0666U & ~mask));
        nightreel::write_file_atomically(written, "other");
        CHECK(mode_of(written) == (0666U & ~mask));
    }
    ::umask(before);
}

TEST_CASE("a copy replaces nothing and names what is missing", "[base]") {
    const TemporaryFolder folder;
    nightreel::write_file_atomically(folder.path() / "a", "a");
    nightreel::write_file_atomically(folder.path() / "b", "b");
    CHECK_THROWS_WITH(nightreel::copy_whole_file(folder.path() / "a", folder.path() / "b"),
                      Catch::Contains("/b: "));
    CHECK(nightreel::read_file(folder.path() / "b") == "b");
    CHECK_THROWS_WITH(nightreel::copy_whole_file(folder.path() / "none", folder.path() / "c"),
                      Catch::Contains("/none: "));
}

TEST_CASE("reading what is not there names it", "[base]") {
    CHECK_THROWS_WITH(nightreel::read_file("/nowhere/at/all"), Catch::Contains("/nowhere/at/all"));
}

TEST_CASE("a folder is replaced only while the name for the old one is free", "[base]") {
    const TemporaryFolder folder;
    const auto path = [&](const char* name) { return folder.path() / name; };
    for (const char* name : {"fresh", "place", "taken"}) {
        fs::create_directory(path(name));
        nightreel::write_file_atomically(path(name) / name, std::string_view());
    }
    CHECK_FALSE(nightreel::replace_folder(path("fresh"), path("place"), path("taken")));
    CHECK(fs::exists(path("fresh") / "fresh"));
    CHECK(fs::exists(path("place") / "place"));
    CHECK(nightreel::replace_folder(path("fresh"), path("place"), path("old")));
    CHECK(fs::exists(path("place") / "fresh"));
    CHECK(fs::exists(path("old") / "place"));
}
