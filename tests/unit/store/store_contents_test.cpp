#include "pipeline/store/store_contents.h"

#include <chrono>
#include <fstream>

#include <catch2/catch.hpp>

#include "pipeline/store/artifact_store.h"
#include "pipeline/store/disk_time.h"
#include "tests/support/narrow_disk.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A store with one result of each kind, of 1, 2, 3... bytes, the first of them two days old.
struct FilledStore {
    TemporaryFolder folder;
    ArtifactStore store{folder.path()};
    std::vector<Digest> digests;

    FilledStore() {
        for (const auto& [kind, word] : EnumWords<TaskKind>::words) {
            const Digest digest = digest_of(word);
            const fs::path staging = store.make_staging("w", std::string(word));
            std::ofstream(staging / "file") << std::string(digests.size() + 1, 'x');
            store.seal(staging, digest, kind, "sh." + std::string(word), {});
            store.publish(digest, staging);
            digests.push_back(digest);
        }
        const fs::path record = store.folder_of(digests.front()) / "artifact.json";
        fs::last_write_time(record, fs::last_write_time(record) - 48h);
    }

    StoreContents contents() const { return contents_of_store(folder.path()); }

    std::vector<Digest> prunable_digests(const std::set<Digest>& kept,
                                         const std::set<Digest>& in_work,
                                         Millis older_than) const {
        std::vector<Digest> names;
        for (const auto& result : prunable(contents(), kept, in_work, older_than)) {
            names.push_back(result.digest);
        }
        return names;
    }
};

}  // namespace

TEST_CASE("every result is listed with its kind, task and size; hidden folders are counted apart",
          "[worker]") {
    const FilledStore filled;
    fs::create_directory(filled.folder.path() / ".damaged");
    std::ofstream(filled.folder.path() / ".damaged" / "evidence") << "12345";
    const StoreContents contents = filled.contents();
    REQUIRE(contents.results.size() == filled.digests.size());
    std::uint64_t bytes = 0;
    for (const StoredResult& result : contents.results) {
        CHECK(result.task == "sh." + std::string(word_of(result.kind)));
        bytes += result.bytes;
    }
    CHECK(bytes == filled.digests.size() * (filled.digests.size() + 1) / 2);
    CHECK(contents.damaged_bytes == 5);
    CHECK(contents.staging_bytes == 0);
}

TEST_CASE("what a take came from, what is in work and what is young stays", "[worker]") {
    const FilledStore filled;
    const std::vector<Digest>& all = filled.digests;
    CHECK(filled.prunable_digests({}, {}, 0ms).size() == all.size());
    CHECK(filled.prunable_digests({}, {}, 24h) == std::vector<Digest>{all[0]});
    CHECK(filled.prunable_digests({}, {}, 72h).empty());
    CHECK(filled.prunable_digests({all[0]}, {}, 24h).empty());
    CHECK(filled.prunable_digests({}, {all[0]}, 24h).empty());
    CHECK(filled.prunable_digests({all[1]}, {all[2]}, 0ms).size() == all.size() - 2);
}

TEST_CASE("the hour of the disk is not that of the process", "[worker]") {
    const TemporaryFolder folder;
    const Millis before = disk_time(folder.path());
    const DiskFor ahead({.seconds_ahead = 86'400});
    const SystemClock clock;
    CHECK(clock.wall() - before > 23h);
    CHECK(disk_time(folder.path()) - before < 1h);
    CHECK(names_in(folder.path()).empty());
}

TEST_CASE("a removed result is gone, and may be made again", "[worker]") {
    FilledStore filled;
    const Digest digest = filled.digests[0];
    filled.store.remove(digest);
    CHECK_FALSE(filled.store.find(digest));
    CHECK(filled.contents().results.size() == filled.digests.size() - 1);
    CHECK(filled.contents().staging_bytes == 0);
}

}  // namespace nightreel
