#include "shotspec/base/file_lock.h"

#include <utility>

#include <catch2/catch.hpp>
#include <fcntl.h>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {

TEST_CASE("a locked file has one holder, until he lets go", "[base]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "lock";
    {
        const FileLock first(path, O_RDWR | O_CREAT);
        CHECK(first.held());
        const FileLock second(path, O_RDWR | O_CREAT);
        CHECK(second.opened());
        CHECK_FALSE(second.held());
    }
    CHECK(FileLock(path, O_RDWR).held());
}

TEST_CASE("a lock that is moved is still held, once", "[base]") {
    const TemporaryFolder folder;
    const int as_folder = O_RDONLY | O_DIRECTORY;
    FileLock kept;
    {
        FileLock made(folder.path(), as_folder);
        kept = std::move(made);
    }
    CHECK(kept.held());
    CHECK_FALSE(FileLock(folder.path(), as_folder).held());
    kept = FileLock();
    CHECK(FileLock(folder.path(), as_folder).held());
}

TEST_CASE("what cannot be opened is not held", "[base]") {
    const TemporaryFolder folder;
    const FileLock lock(folder.path() / "none", O_RDWR);
    CHECK_FALSE(lock.opened());
    CHECK_FALSE(lock.held());
    CHECK_FALSE(lock.is_of(folder.path() / "none"));
}

TEST_CASE("a file made anew is not the one that was locked", "[base]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "lock";
    const FileLock lock(path, O_RDWR | O_CREAT);
    CHECK(lock.is_of(path));
    write_file_atomically(path, "another");
    CHECK_FALSE(lock.is_of(path));
    CHECK(FileLock(path, O_RDWR).held());
}

}  // namespace nightreel
