#include "pipeline/store/artifact_store.h"

#include <chrono>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/mount.h>

#include "pipeline/plan/prepared_note.h"
#include "pipeline/store/disk_fault.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/narrow_disk.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

using namespace std::chrono_literals;

constexpr int changes_max = 200;  // more than one publication has

void put(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

// A sealed staging folder with two files.
fs::path sealed(ArtifactStore& store,
                const Digest& digest,
                const std::string& attempt,
                const std::string& text = "frame") {
    const fs::path staging = store.make_staging("w", attempt);
    put(staging / "a.exr", text);
    put(staging / "deep" / "b.exr", text + text);
    store.seal(staging, digest, TaskKind::decode, "sh.decode", {});
    return staging;
}

std::size_t count(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

ErrorKind kind_of_find(ArtifactStore& store, const Digest& digest) {
    try {
        store.find(digest);
    } catch (const Error& error) {
        return error.kind();
    }
    return ErrorKind::internal;
}

// A file system of its own, small enough to fill; or nothing where mounting is not permitted.
class SmallDisk {
  public:
    explicit SmallDisk(const fs::path& place) : place_(place) {
        fs::create_directories(place);
        mounted_ = ::mount("tmpfs", place.c_str(), "tmpfs", 0, "size=1m") == 0;
    }

    ~SmallDisk() {
        if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
    }

    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool mounted() const { return mounted_; }

  private:
    fs::path place_;
    bool mounted_ = false;
};

}  // namespace

TEST_CASE("a published result is found whole, with every file named and hashed", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(folder.path());
    const Digest digest = digest_of("work");
    CHECK_FALSE(store.find(digest));
    const fs::path staging = sealed(store, digest, "1");
    CHECK_FALSE(store.find(digest));
    store.publish(digest, staging);

    const auto artifact = store.find(digest);
    REQUIRE(artifact);
    CHECK(artifact->kind == TaskKind::decode);
    REQUIRE(artifact->files.size() == 2);
    CHECK(artifact->files[0].name == "a.exr");
    CHECK(artifact->files[0].bytes == 5);
    CHECK(artifact->files[0].sha256 == digest_of("frame"));
    CHECK(artifact->files[1].name == "deep/b.exr");
    CHECK_FALSE(fs::exists(staging));
}

TEST_CASE("publishing again keeps the first result unless it is to be replaced", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(folder.path());
    const Digest digest = digest_of("work");
    store.publish(digest, sealed(store, digest, "1", "first"));
    store.publish(digest, sealed(store, digest, "2", "second"));
    CHECK(store.find(digest)->files[0].sha256 == digest_of("first"));
    store.publish(digest, sealed(store, digest, "3", "third"), Existing::replace);
    CHECK(store.find(digest)->files[0].sha256 == digest_of("third"));
    CHECK(count(folder.path() / ".staging" / "w") == 0);
}

TEST_CASE(
    "killed before any change of the disk, who publishes a result leaves the old one, if there was "
    "one, or the new one, and sweeping leaves nothing over",
    "[worker][kill]") {
    const NarrowDisk disk = GENERATE(NarrowDisk{}, network_disk);
    const bool has_old = GENERATE(true, false);
    const Digest digest = digest_of("work");
    const TemporaryFolder folder;
    int kills = 0;
    for (bool was_killed = true; was_killed; ++kills) {
        CAPTURE(kills, disk.exchange, has_old);
        const fs::path root = folder.path() / std::to_string(kills);
        fs::create_directory(root);
        ArtifactStore store(root);
        if (has_old) store.publish(digest, sealed(store, digest, "1", "old"));
        const fs::path staging = sealed(store, digest, "2", "new");
        const auto publish = [&] {
            ArtifactStore(root).publish(digest, staging, Existing::replace);
        };
        was_killed = is_killed(disk, kills + 1, publish);
        const auto found = store.find(digest);
        REQUIRE((found || (was_killed && !has_old)));
        const bool is_new = found && found->files[0].sha256 == digest_of("new");
        REQUIRE((is_new || was_killed));
        if (!is_new) REQUIRE_FALSE(is_killed(disk, never, publish));
        store.sweep_staging("w", {});
        store.sweep_abandoned();
        REQUIRE(names_in(root / ".replaced").empty());
        REQUIRE(names_in(root / ".damaged").empty());
        REQUIRE(store.find(digest)->files[0].sha256 == digest_of("new"));
        REQUIRE(kills < changes_max);
    }
    REQUIRE(kills > 3);
}

TEST_CASE("what a killed replacement has left is put back by whoever looks first", "[worker]") {
    const TemporaryFolder folder;
    const Digest digest = digest_of("work");
    ArtifactStore store(folder.path());
    store.publish(digest, sealed(store, digest, "1"));
    const fs::path left = folder.path() / ".replaced" / digest.hex();
    fs::create_directory(left.parent_path());
    fs::rename(store.folder_of(digest), left);
    SECTION("a reader") {}
    SECTION("a sweeper") {
        store.sweep_abandoned();
        REQUIRE(fs::exists(store.folder_of(digest)));
    }
    SECTION("a publisher") {
        store.publish(digest, sealed(store, digest, "2"));
    }
    CHECK(store.find(digest));
    CHECK_FALSE(fs::exists(left));
}

TEST_CASE("any change of a stored result is found and set aside as evidence", "[worker]") {
    const TemporaryFolder folder;
    const Digest digest = digest_of("work");
    ArtifactStore store(folder.path());
    store.publish(digest, sealed(store, digest, "1"));
    REQUIRE(store.find(digest));
    const fs::path place = store.folder_of(digest);

    SECTION("a byte") {
        put(place / "a.exr", "frAme");
    }

    SECTION("a size") {
        put(place / "a.exr", "frames");
    }

    SECTION("a missing file") {
        fs::remove(place / "deep" / "b.exr");
    }

    SECTION("a missing record") {
        fs::remove(place / "artifact.json");
    }

    SECTION("a record cut short") {
        fs::resize_file(place / "artifact.json", 40);
    }

    SECTION("a record that was edited") {
        std::string text = read_file(place / "artifact.json");
        text.replace(text.find("sh.decode"), 9, "sh.DECODE");
        put(place / "artifact.json", text);
    }

    SECTION("belongs to another task") {
        const Digest other = digest_of("other");
        store.publish(other, sealed(store, other, "2"));
        fs::remove_all(place);
        fs::rename(store.folder_of(other), place);
    }

    CHECK(kind_of_find(store, digest) == ErrorKind::corrupt);
    CHECK_FALSE(fs::exists(place));
    CHECK(count(folder.path() / ".damaged") == 2);
    CHECK_FALSE(store.find(digest));
    store.publish(digest, sealed(store, digest, "9"));
    CHECK(store.find(digest));
}

TEST_CASE("a damaged result does not keep a good one from being published", "[worker]") {
    const TemporaryFolder folder;
    const Digest digest = digest_of("work");
    ArtifactStore store(folder.path());
    store.publish(digest, sealed(store, digest, "1"));
    put(store.folder_of(digest) / "a.exr", "FRAME");
    store.publish(digest, sealed(store, digest, "2"));
    CHECK(store.find(digest)->files[0].sha256 == digest_of("frame"));
    CHECK(count(folder.path() / ".damaged") == 2);
}

TEST_CASE("only files can be sealed", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(folder.path());
    const fs::path staging = store.make_staging("w", "1");
    fs::create_symlink("/etc/passwd", staging / "a.exr");
    CHECK_THROWS_WITH(store.seal(staging, digest_of("x"), TaskKind::decode, "t", {}),
                      Catch::Contains("neither file nor folder"));
}

TEST_CASE("sweeping leaves what is still wanted", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(folder.path());
    sealed(store, digest_of("a"), "1");
    sealed(store, digest_of("b"), "2");
    const fs::path other = store.make_staging("other", "1");
    store.sweep_staging("w", {"2"});
    CHECK_FALSE(fs::exists(store.staging_of("w", "1")));
    CHECK(fs::exists(store.staging_of("w", "2")));
    CHECK(fs::exists(other));

    store.sweep_abandoned();
    CHECK(fs::exists(other));
    CHECK(fs::exists(store.staging_of("w", "2")));
    const auto long_ago = fs::last_write_time(other) - ArtifactStore::staging_kept - 1min;
    fs::last_write_time(other, long_ago);
    store.sweep_abandoned();
    CHECK_FALSE(fs::exists(other));
    CHECK(fs::exists(store.staging_of("w", "2")));
}

TEST_CASE("the age of a folder is told by the clock of the disk and not by that of the process",
          "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(folder.path());
    const fs::path other = store.make_staging("other", "1");
    {
        const DiskFor ahead({.seconds_ahead = 30 * 86'400});  // as a host that is a month ahead
        store.sweep_abandoned();
    }
    CHECK(fs::exists(other));
}

TEST_CASE("with a staging folder goes what its attempt has prepared elsewhere", "[worker]") {
    const TemporaryFolder folder;
    fs::create_directory(folder.path() / "store");
    ArtifactStore store(folder.path() / "store");
    const fs::path out = folder.path() / "out";
    const auto prepared = [&](const std::string& attempt, const std::string& name) {
        const fs::path staging = store.make_staging("w", attempt);
        note_prepared(staging, {{(out / name).string(), (out / "take01").string()}});
        put(out / name / "exr" / "a.exr", "frame");
        return staging;
    };
    prepared("1", ".take01.a.partial");
    prepared("2", ".take01.b.partial");
    const fs::path renamed = prepared("3", ".take01.c.partial");
    fs::remove_all(renamed);  // its result was published, and the take is in its place
    fs::rename(out / ".take01.c.partial", out / "take01");
    prepared("4", "take02");  // no prepared folder is called that: it is somebody's
    store.sweep_staging("w", {"2"});
    CHECK(names_in(out) == std::vector<std::string>{".take01.b.partial", "take01", "take02"});
    CHECK(names_in(folder.path() / "store/.staging/w") ==
          std::vector<std::string>{"2", "2.prepared"});
    store.remove_staging(store.staging_of("w", "2"));
    CHECK(names_in(out) == std::vector<std::string>{"take01", "take02"});
    CHECK(count(folder.path() / "store/.staging/w") == 0);
}

TEST_CASE("a store that is away is never made: not its root, nor anything else", "[store]") {
    const TemporaryFolder folder;
    const fs::path away = folder.path() / "mount";
    ArtifactStore store(away);
    CHECK_THROWS_WITH(store.make_staging("w", "1"), Catch::Contains(away.string()));
    CHECK_THROWS_WITH(store.sweep_abandoned(), Catch::Contains(away.string()));
    CHECK_FALSE(store.find(digest_of("work")));
    CHECK(count(folder.path()) == 0);
    fs::create_directory(away);
    sealed(store, digest_of("work"), "1");
    store.publish(digest_of("work"), store.staging_of("w", "1"));
    CHECK(store.find(digest_of("work")));
}

TEST_CASE("hashing is ended by the pulse, and the same call does it again", "[store]") {
    const TemporaryFolder folder;
    bool is_unwanted = true;
    ArtifactStore store(folder.path(), [&](double) {
        if (is_unwanted) throw Error(ErrorKind::cancelled, "stop");
    });
    const Digest digest = digest_of("work");
    CHECK_THROWS_WITH(sealed(store, digest, "1"), "stop");
    is_unwanted = false;
    const fs::path staging = sealed(store, digest, "1");
    store.publish(digest, staging);
    ArtifactStore other(folder.path(), [](double) { throw Error(ErrorKind::cancelled, "stop"); });
    CHECK(kind_of_find(other, digest) == ErrorKind::cancelled);
    CHECK(store.find(digest));
}

TEST_CASE("a disk's fault names the folder and what is wrong with it", "[store]") {
    const TemporaryFolder folder;
    CHECK(disk_fault(folder.path(), 0).empty());
    CHECK_THAT(disk_fault(folder.path(), std::uint64_t{1} << 62U),
               Catch::StartsWith(folder.path().string()) && Catch::Contains("MiB are free"));
    CHECK_THAT(disk_fault(folder.path() / "none", 0), Catch::Contains("No such file"));
}

TEST_CASE("a full disk is an unavailable store, and nothing half written is seen", "[worker]") {
    const TemporaryFolder folder;
    const SmallDisk disk(folder.path() / "small");
    if (!disk.mounted()) {
        skip_case("mounting a tmpfs is not permitted here");
        return;
    }
    ArtifactStore store(folder.path() / "small");
    const Digest digest = digest_of("work");
    const fs::path staging = store.make_staging("w", "1");
    put(staging / "a.exr", "frame");
    std::ofstream filler(folder.path() / "small" / "filler");
    filler << std::string(std::size_t{2} << 20U, 'x');
    filler.close();

    ErrorKind kind = ErrorKind::internal;
    std::string text;
    try {
        store.seal(staging, digest, TaskKind::decode, "t", {});
    } catch (const Error& error) {
        kind = error.kind();
        text = error.what();
    }
    CHECK(kind == ErrorKind::unavailable);
    CHECK_THAT(text, Catch::Contains((folder.path() / "small").string()));
    CHECK_FALSE(store.find(digest));

    fs::remove(folder.path() / "small" / "filler");
    store.seal(staging, digest, TaskKind::decode, "t", {});
    store.publish(digest, staging);
    CHECK(store.find(digest));
}

}  // namespace nightreel
