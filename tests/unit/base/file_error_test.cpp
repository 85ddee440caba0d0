#include "shotspec/base/disk/file_error.h"

#include <cerrno>
#include <string>

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

template <class Body>
Error error_of(const Body& body) {
    try {
        body();
    } catch (const Error& error) {
        return error;
    }
    FAIL("nothing was thrown");
    return {ErrorKind::internal, ""};
}

}  // namespace

TEST_CASE("what no waiting heals is bad input; what somebody or time can mend is unavailable",
          "[base]") {
    const auto kind = [](int number) {
        return kind_of_file_error({number, std::generic_category()});
    };
    for (const int number : {ENAMETOOLONG, ENOTDIR, ELOOP, EINVAL}) {
        CAPTURE(number);
        CHECK(kind(number) == ErrorKind::bad_input);
    }
    for (const int number : {ENOSPC, EDQUOT, EACCES, EPERM, EROFS, EIO, ESTALE, ENOENT, EBUSY}) {
        CAPTURE(number);
        CHECK(kind(number) == ErrorKind::unavailable);
    }
}

TEST_CASE("a whole file that cannot be written says kind, path, cause and remedy", "[base]") {
    const TemporaryFolder folder;
    write_file_atomically(folder.path() / "file", "text");
    const Error long_name =
        error_of([&] { write_file_atomically(folder.path() / std::string(300, 'a'), "text"); });
    CHECK(long_name.kind() == ErrorKind::bad_input);
    CHECK(std::string(long_name.what()).find("shorten the names") != std::string::npos);
    const Error in_a_file =
        error_of([&] { write_file_atomically(folder.path() / "file" / "inner", "text"); });
    CHECK(in_a_file.kind() == ErrorKind::bad_input);
    CHECK(std::string(in_a_file.what()).find("a part of the path is a file") != std::string::npos);
    const Error over_folder = error_of([&] { write_file_atomically(folder.path(), "text"); });
    CHECK(over_folder.kind() != ErrorKind::internal);
    const Error missing = error_of([&] { read_file(folder.path() / "missing"); });
    CHECK(missing.kind() == ErrorKind::unavailable);
    CHECK(missing.what() ==
          (folder.path() / "missing").string() + ": cannot be read: No such file or directory");
    const Error of_a_folder = error_of([&] { read_file(folder.path()); });
    CHECK(std::string(of_a_folder.what()).find("a folder is where a file is expected") !=
          std::string::npos);
}

TEST_CASE("an error of the standard library keeps its cause and the path that it is about",
          "[base]") {
    const std::filesystem::filesystem_error thrown(
        "cannot rename", "/a", "/b", std::make_error_code(std::errc::no_space_on_device));
    const Error error = file_error(thrown);
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(error.what() ==
          std::string("/b: cannot be used: No space left on device; free disk space"));
}

}  // namespace nightreel
