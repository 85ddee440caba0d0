// A process that publishes is killed before each of its changes of the disk, one after the other,
// on a local disk and on one of the network.

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "pipeline/takes/publish.h"
#include "pipeline/takes/take_check.h"
#include "tests/support/narrow_disk.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/takes/take_of.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr int frames = 5;
constexpr int changes_max = 400;  // more than one attempt has

void damage(const fs::path& place) {
    std::ofstream(place / "exr/a_t01.1001.exr", std::ios::binary) << "flipped";
    fs::remove(place / "exr/a_t01.1002.exr");
}

}  // namespace

TEST_CASE(
    "killed before any change of the disk, a publisher leaves no take or a whole one, and the next "
    "attempt completes it and leaves nothing over",
    "[publish][kill]") {
    const NarrowDisk disk = GENERATE(NarrowDisk{}, network_disk);
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 3, frames);
    const fs::path out = folder.path() / "out/v001";
    const fs::path place = out / "take01";
    int kills = 0;
    for (int before = 1; before < changes_max; ++before) {
        CAPTURE(before, disk.exchange);
        const bool was_killed = is_killed(disk, before, [&] {
            static_cast<void>(publish_take(place, files, record_of(frames), "first"));
        });
        if (fs::exists(place)) REQUIRE(check_take(place).is_untouched());
        if (!was_killed) break;
        ++kills;
        REQUIRE_FALSE(is_killed(disk, never, [&] {
            static_cast<void>(publish_take(place, files, record_of(frames), "second"));
        }));
        REQUIRE(check_take(place).is_untouched());
        REQUIRE(names_in(out) == std::vector<std::string>{"take01"});
        fs::remove_all(out);
    }
    REQUIRE(kills > 20);
    REQUIRE(kills < changes_max - 2);
}

TEST_CASE(
    "killed before any change of the disk, who mends a damaged take leaves the damaged or the "
    "whole one, and the damaged one is kept",
    "[publish][kill]") {
    const NarrowDisk disk = GENERATE(NarrowDisk{}, network_disk);
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 3, frames);
    const fs::path out = folder.path() / "out/v001";
    const fs::path place = out / "take01";
    int kills = 0;
    for (int before = 1; before < changes_max; ++before) {
        CAPTURE(before, disk.exchange);
        const TaskCommit commit{(out / ".take01.first.partial").string(), place.string()};
        REQUIRE_FALSE(is_killed(disk, never, [&] {
            static_cast<void>(publish_take(place, files, record_of(frames), "whole"));
            damage(place);
            static_cast<void>(
                prepare_take(place, files, record_of(frames), "first", LinkPolicy::automatic));
        }));
        REQUIRE(fs::exists(commit.from));
        const bool was_killed = is_killed(disk, before, [&] { commit_take(commit); });
        if (was_killed) {
            ++kills;
            // Between two renames of a network disk the place is empty and both are beside it.
            const bool there = fs::exists(place);
            REQUIRE((there || disk.exchange != 0));
            REQUIRE((there || fs::exists(commit.from)));
            REQUIRE_FALSE(
                is_killed(disk, never, [&] { commit_take(commit); }));  // as the outbox has it
        }
        REQUIRE(check_take(place).is_untouched());
        REQUIRE(names_in(out) == std::vector<std::string>{"damaged.take01.1", "take01"});
        REQUIRE_FALSE(check_take(out / "damaged.take01.1").is_whole());
        fs::remove_all(out);
        if (!was_killed) break;
    }
    REQUIRE(kills >= 2);
}

}  // namespace nightreel
