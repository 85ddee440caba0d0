#include "worker/work_folders.h"

#include <catch2/catch.hpp>

#include "pipeline/plan/roots/root_marker.h"
#include "pipeline/plan/task_order.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A farm whose store and output may be mounted, or not.
struct Mounts {
    TemporaryFolder folder;
    WorkerConfig config;
    bool is_marked = true;

    Mounts() {
        config.store = folder.path() / "store";
        config.state = folder.path() / "state";
        config.store_free_bytes_min = 0;
        fs::create_directory(config.state);
    }

    fs::path out() const { return folder.path() / "out"; }

    WorkFolders folders() const {
        return work_folders_of(
            config,
            {{takes_root, out().string(), "marker-of-out", is_marked},
             {store_root, "/where/the/scheduler/sees/it", "marker-of-store", is_marked}});
    }

    void mount(const fs::path& path, const std::string& identity) const {
        fs::create_directories(path);
        write_root_marker(path, identity);
    }

    ErrorKind kind() const {
        try {
            expect_room(folders());
        } catch (const FolderFault& fault) {
            return fault.kind();
        }
        return ErrorKind::internal;
    }
};

}  // namespace

TEST_CASE("a worker works where both folders are the farm's, and nowhere else", "[worker]") {
    Mounts mounts;
    CHECK_THAT(fault_of(mounts.folders()),
               Catch::StartsWith(mounts.config.store.string()) &&
                   Catch::Contains("mount the disk with the farm's store there"));
    mounts.mount(mounts.config.store, "marker-of-store");
    CHECK_THAT(fault_of(mounts.folders()),
               Catch::StartsWith(mounts.out().string()) &&
                   Catch::Contains("mount the disk with the farm's output there"));
    // The empty folder below a mount that is away.
    fs::create_directory(mounts.out());
    CHECK_THAT(fault_of(mounts.folders()),
               Catch::StartsWith(mounts.out().string()) && Catch::Contains("has no marker"));
    CHECK(mounts.kind() == ErrorKind::unfit);
    CHECK(fs::is_empty(mounts.out()));
    mounts.mount(mounts.out(), "marker-of-another-farm");
    CHECK_THAT(fault_of(mounts.folders()), Catch::Contains("expected marker-of-out"));
    mounts.mount(mounts.out(), "marker-of-out");
    CHECK(fault_of(mounts.folders()).empty());
}

TEST_CASE("a full or damaged disk is unavailable, not unfit", "[worker]") {
    Mounts mounts;
    mounts.mount(mounts.config.store, "marker-of-store");
    mounts.mount(mounts.out(), "marker-of-out");
    mounts.config.store_free_bytes_min = std::uint64_t{1} << 62U;
    CHECK(mounts.kind() == ErrorKind::unavailable);
    CHECK_THAT(fault_of(mounts.folders()), Catch::Contains("MiB are free"));
    CHECK_NOTHROW(expect_folders(mounts.folders()));  // what is finished may be published
}

TEST_CASE("where nobody has marked a folder yet, only one with something in it is marked",
          "[worker]") {
    Mounts mounts;
    mounts.is_marked = false;
    mounts.mount(mounts.out(), "marker-of-out");
    fs::create_directories(mounts.config.store / ".staging");
    CHECK_THAT(fault_of(mounts.folders()), Catch::Contains("has no marker"));
    fs::create_directory(mounts.config.store / "ab");
    CHECK(fault_of(mounts.folders()).empty());
    CHECK(read_root_marker(mounts.config.store) == "marker-of-store");
    // Once marked, it is not marked again.
    write_root_marker(mounts.config.store, "marker-of-another-farm");
    CHECK(mounts.kind() == ErrorKind::unfit);
    CHECK(read_root_marker(mounts.config.store) == "marker-of-another-farm");
}

TEST_CASE("a worker may see a root at a path of its own", "[worker]") {
    Mounts mounts;
    mounts.mount(mounts.config.store, "marker-of-store");
    const fs::path own = mounts.folder.path() / "own";
    mounts.mount(own, "marker-of-out");
    CHECK_FALSE(fault_of(mounts.folders()).empty());
    mounts.config.roots[takes_root] = own.string();
    CHECK(fault_of(mounts.folders()).empty());
    // Further roots are named by the scheduler's path.
    const auto with_archive = [&] {
        return work_folders_of(mounts.config,
                               {{"/archive", "/archive", "marker-of-archive", true}});
    };
    CHECK_THAT(fault_of(with_archive()),
               Catch::StartsWith("/archive: ") && Catch::Contains("the farm's output /archive"));
    const fs::path archive = mounts.folder.path() / "archive";
    mounts.mount(archive, "marker-of-archive");
    mounts.config.roots["/archive"] = archive.string();
    CHECK(fault_of(with_archive()).empty());
}

TEST_CASE("a fault of files on a disk that is away is the disk's", "[worker]") {
    Mounts mounts;
    mounts.mount(mounts.config.store, "marker-of-store");
    mounts.mount(mounts.out(), "marker-of-out");
    const auto fail = [] { throw Error(ErrorKind::internal, "a file is missing"); };
    CHECK_THROWS_WITH(at_folders(mounts.folders(), fail), "a file is missing");
    CHECK_THROWS_AS(at_folders(mounts.folders(),
                               [&] {
                                   fs::remove(mounts.config.store / root_marker_file);
                                   fail();
                               }),
                    FolderFault);
    CHECK_THROWS_AS(at_folders(mounts.folders(), [] { FAIL("not tried"); }), FolderFault);
}

TEST_CASE("a farm within one command expects no markers", "[worker]") {
    Mounts mounts;
    const WorkFolders folders = work_folders_of(mounts.config, {});
    CHECK_THAT(fault_of(folders), Catch::StartsWith(mounts.config.store.string()));
    fs::create_directory(mounts.config.store);
    CHECK(fault_of(folders).empty());
    CHECK(marks_of(folders).empty());
}

}  // namespace nightreel
