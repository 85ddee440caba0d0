// A process that publishes is killed at random points, again and again.

#include <csignal>
#include <cstdint>
#include <filesystem>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/takes/publish.h"
#include "shotspec/base/random.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/takes/take_of.h"

namespace nightreel {
namespace {

constexpr int frames = 6;
constexpr int kills = 60;

// Runs one attempt in a process of its own; kills it after `microseconds` unless it is done.
// True when the attempt ended by itself.
bool attempt(const std::filesystem::path& place,
             const std::vector<TakeFile>& files,
             const std::string& token,
             std::uint32_t microseconds) {
    const pid_t child = ::fork();
    if (child == 0) {
        static_cast<void>(publish_take(place, files, record_of(frames), token));
        ::_exit(0);
    }
    ::usleep(microseconds);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status);
}

void require_whole(const std::filesystem::path& place, const std::vector<TakeFile>& files) {
    const PublishRecord record = read_publish_record(place);
    REQUIRE(record.files.size() == files.size());
    REQUIRE(record.take_digest == take_digest_of(files));
    for (const TakeFile& file : files) REQUIRE(digest_of_file(place / file.name) == file.digest);
}

int entries_in(const std::filesystem::path& folder) {
    const std::filesystem::directory_iterator entries(folder);
    return static_cast<int>(std::distance(begin(entries), end(entries)));
}

}  // namespace

TEST_CASE(
    "killed at any moment, a publisher leaves no take or a whole one, and the next attempt "
    "completes it",
    "[publish][kill]") {
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 3, frames);
    const auto place = folder.path() / "out/aurora/sq010/v001/take01";

    // How long an undisturbed attempt takes, so that kills fall on all of it.
    std::uint32_t whole = 2'000;
    while (!attempt(place, files, "measure", whole)) whole = whole * 3 / 2;
    std::filesystem::remove_all(place);

    int killed = 0;
    int with_take = 0;
    for (std::uint32_t round = 0; round < kills; ++round) {
        const std::uint32_t after = philox4x32({round, 0, 0, 0}, {17, 0})[0] % (whole + whole / 8);
        killed += attempt(place, files, fmt::format("r{}", round), after) ? 0 : 1;
        CAPTURE(round, after, whole);
        if (std::filesystem::exists(place)) {
            ++with_take;
            require_whole(place, files);
            std::filesystem::remove_all(place);
        }
    }
    CAPTURE(killed, with_take);
    REQUIRE(killed > 0);  // how many is up to the disk

    const PublishOutcome outcome = publish_take(place, files, record_of(frames), "last");
    REQUIRE(outcome == PublishOutcome::published);
    require_whole(place, files);
    REQUIRE(entries_in(place.parent_path()) == 1);  // nothing is left of the dead
}

}  // namespace nightreel
