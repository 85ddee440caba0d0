#pragma once
// What the operating system says of a file, as an Error: which kind it is decides whether a task
// waits for better times or fails at once. Any thread.

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "shotspec/base/error.h"

namespace nightreel {

// bad_input for what no waiting heals: a name that is too long, a file where a folder is expected,
// links in a circle, a name that the file system does not take. All others
// (a full disk, a server that is away, permissions, a read-only mount) are unavailable: later, or
// once somebody has seen to it, the same call may succeed.
ErrorKind kind_of_file_error(const std::error_code& why);

// "PATH: WHAT: Not a directory; a part of the path is a file", where there is a remedy with it.
Error file_error(const std::filesystem::path& path,
                 std::string_view what,
                 const std::error_code& why);

// Of what the standard library threw.
Error file_error(const std::filesystem::filesystem_error& error);

// The same words for a file of this machine alone (a worker's store, its models, its state): always
// Error{unavailable}, because the task is not to blame and another machine may do it.
Error local_file_error(const std::filesystem::path& path,
                       std::string_view what,
                       const std::error_code& why);
Error local_file_error(const std::filesystem::filesystem_error& error);

// Why a path that somebody gave is no file that can be read, said as what comes after its name:
// "there is no such file", "is a folder", "cannot be read: Permission denied; ...". Empty when it
// can.
std::string file_problem(const std::filesystem::path& path);

// errno, of the call that has just failed.
std::error_code last_file_error();

}  // namespace nightreel
