#include "pipeline/store/artifact_store.h"

#include <csignal>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/random.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t no_reserve = 0;

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
    ArtifactStore store(folder.path(), no_reserve);
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
    ArtifactStore store(folder.path(), no_reserve);
    const Digest digest = digest_of("work");
    store.publish(digest, sealed(store, digest, "1", "first"));
    store.publish(digest, sealed(store, digest, "2", "second"));
    CHECK(store.find(digest)->files[0].sha256 == digest_of("first"));
    store.publish(digest, sealed(store, digest, "3", "third"), Existing::replace);
    CHECK(store.find(digest)->files[0].sha256 == digest_of("third"));
    CHECK(count(folder.path() / ".staging" / "w") == 0);
}

TEST_CASE("any change of a stored result is found and set aside as evidence", "[worker]") {
    const TemporaryFolder folder;
    const Digest digest = digest_of("work");
    ArtifactStore store(folder.path(), no_reserve);
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
    ArtifactStore store(folder.path(), no_reserve);
    store.publish(digest, sealed(store, digest, "1"));
    put(store.folder_of(digest) / "a.exr", "FRAME");
    store.publish(digest, sealed(store, digest, "2"));
    CHECK(store.find(digest)->files[0].sha256 == digest_of("frame"));
    CHECK(count(folder.path() / ".damaged") == 2);
}

TEST_CASE("only files can be sealed", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(folder.path(), no_reserve);
    const fs::path staging = store.make_staging("w", "1");
    fs::create_symlink("/etc/passwd", staging / "a.exr");
    CHECK_THROWS_WITH(store.seal(staging, digest_of("x"), TaskKind::decode, "t", {}),
                      Catch::Contains("neither file nor folder"));
}

TEST_CASE("sweeping leaves what is still wanted", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(folder.path(), no_reserve);
    sealed(store, digest_of("a"), "1");
    sealed(store, digest_of("b"), "2");
    const fs::path other = store.make_staging("other", "1");
    store.sweep_staging("w", {"2"});
    CHECK_FALSE(fs::exists(store.staging_of("w", "1")));
    CHECK(fs::exists(store.staging_of("w", "2")));
    CHECK(fs::exists(other));

    const SystemClock clock;
    store.sweep_abandoned(clock.wall());
    CHECK(fs::exists(other));
    store.sweep_abandoned(clock.wall() + ArtifactStore::staging_kept + Millis{60'000});
    CHECK_FALSE(fs::exists(other));
}

TEST_CASE("too little free space is said before any work, with the place", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore(folder.path(), no_reserve).require_space();
    const ArtifactStore greedy(folder.path(), std::uint64_t{1} << 60U);
    CHECK_THROWS_WITH(greedy.require_space(), Catch::Contains(folder.path().string()));
}

TEST_CASE("a full disk is an unavailable store, and nothing half written is seen", "[worker]") {
    const TemporaryFolder folder;
    const SmallDisk disk(folder.path() / "small");
    if (!disk.mounted()) {
        skip_case("mounting a tmpfs is not permitted here");
        return;
    }
    ArtifactStore store(folder.path() / "small", no_reserve);
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

// Publishes results 0, 1, 2... twice each and says so after each on `said`, until it is killed.
[[noreturn]] void publish_for_ever(const fs::path& root, int said) {
    ArtifactStore store(root, no_reserve);
    for (int i = 0;; ++i) {
        const Digest digest = digest_of(fmt::format("work {}", i));
        const auto existing = i % 2 == 0 ? Existing::keep : Existing::replace;
        store.publish(digest, sealed(store, digest, "1"), existing);
        store.publish(digest, sealed(store, digest, "2"), existing);
        if (::write(said, "x", 1) != 1) ::_exit(1);
    }
}

TEST_CASE("killed at any moment, a store holds whole results or none", "[worker]") {
    const TemporaryFolder folder;
    constexpr std::uint32_t rounds = 30;
    for (std::uint32_t round = 0; round < rounds; ++round) {
        const fs::path root = folder.path() / std::to_string(round);
        const PhiloxCounter draw = philox4x32({round, 0, 0, 0}, {2, 3});
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) publish_for_ever(root, ends[1]);
        char said = 0;
        const std::uint32_t finished = draw[0] % 4;
        for (std::uint32_t i = 0; i < finished; ++i) REQUIRE(::read(ends[0], &said, 1) == 1);
        ::poll(nullptr, 0, static_cast<int>(draw[1] % 20));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        ::close(ends[0]);
        ::close(ends[1]);

        ArtifactStore store(root, no_reserve);
        std::uint32_t whole = 0;
        for (; fs::exists(store.folder_of(digest_of(fmt::format("work {}", whole)))); ++whole) {
            REQUIRE(store.find(digest_of(fmt::format("work {}", whole))));
        }
        CHECK(whole >= finished);
        store.sweep_staging("w", {});
        CHECK(count(root / ".damaged") == 0);
    }
}

}  // namespace nightreel
