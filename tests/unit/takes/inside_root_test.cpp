#include "pipeline/takes/inside_root.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;

namespace nightreel {

TEST_CASE("takes are published below the output root, and no link leads out of it", "[takes]") {
    const TemporaryFolder place;
    const fs::path root = place.path() / "out";
    fs::create_directories(root / "show");
    fs::create_directories(place.path() / "elsewhere");
    CHECK_NOTHROW(expect_inside(root, "show/sh/v001/take01"));
    CHECK_NOTHROW(expect_inside(root.string() + "/", "new/take01"));
    CHECK_THROWS_WITH(expect_inside(root, "../elsewhere/take01"), Catch::Contains("outside"));
    CHECK_THROWS_WITH(expect_inside(root, place.path() / "elsewhere"), Catch::Contains("outside"));
    CHECK_THROWS_AS(expect_inside(root, ""), Error);
    CHECK_THROWS_WITH(expect_inside(root, "../out2/take01"), Catch::Contains("outside"));

    fs::create_directory_symlink(place.path() / "elsewhere", root / "show" / "sh");
    CHECK_THROWS_WITH(expect_inside(root, "show/sh/v001/take01"), Catch::Contains("elsewhere"));
    // A link that stays inside is somebody's way to keep order.
    fs::create_directory_symlink(root / "show", root / "alias");
    CHECK_NOTHROW(expect_inside(root, "alias/other/take01"));
    // So is a root that is a link itself.
    fs::create_directory_symlink(root, place.path() / "mount");
    CHECK_NOTHROW(expect_inside(place.path() / "mount", "show/take01"));
}

}  // namespace nightreel
