#include "shotspec/base/disk/file_error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace nightreel {
namespace {

struct FileFault {
    int number;
    ErrorKind kind;
    std::string_view remedy;
};

constexpr auto file_faults = std::to_array<FileFault>(
    {{ENAMETOOLONG,
      ErrorKind::bad_input,
      "a name can have 255 bytes and a path 4095: shorten the names"},
     {ENOTDIR, ErrorKind::bad_input, "a part of the path is a file where a folder is expected"},
     {EISDIR, ErrorKind::unavailable, "a folder is where a file is expected: move it away"},
     {ELOOP, ErrorKind::bad_input, "symbolic links lead in a circle"},
     {EINVAL, ErrorKind::bad_input, "the file system does not accept this name or operation"},
     {EACCES, ErrorKind::unavailable, "change the permissions, or run as another user"},
     {EPERM, ErrorKind::unavailable, "change the permissions, or run as another user"},
     {EROFS, ErrorKind::unavailable, "choose another folder, or mount this one for writing"},
     {ENOSPC, ErrorKind::unavailable, "free disk space"},
     {EDQUOT, ErrorKind::unavailable, "free disk space, or raise the quota"}});

const FileFault* fault_of(const std::error_code& why) {
    const auto category =
        why.category() == std::generic_category() || why.category() == std::system_category();
    const auto found = std::ranges::find(file_faults, why.value(), &FileFault::number);
    return category && found != file_faults.end() ? &*found : nullptr;
}

// "Not a directory; a part of the path is a file"
std::string cause_text(const std::error_code& why) {
    const FileFault* const fault = fault_of(why);
    if (fault == nullptr) return why.message();
    return fmt::format("{}; {}", why.message(), fault->remedy);
}

}  // namespace

ErrorKind kind_of_file_error(const std::error_code& why) {
    const FileFault* const fault = fault_of(why);
    return fault == nullptr ? ErrorKind::unavailable : fault->kind;
}

Error file_error(const std::filesystem::path& path,
                 std::string_view what,
                 const std::error_code& why) {
    return {kind_of_file_error(why),
            fmt::format("{}: {}: {}", path.string(), what, cause_text(why))};
}

Error file_error(const std::filesystem::filesystem_error& error) {
    const std::filesystem::path& path = error.path2().empty() ? error.path1() : error.path2();
    return file_error(path, "cannot be used", error.code());
}

Error local_file_error(const std::filesystem::path& path,
                       std::string_view what,
                       const std::error_code& why) {
    return {ErrorKind::unavailable, file_error(path, what, why).what()};
}

Error local_file_error(const std::filesystem::filesystem_error& error) {
    return {ErrorKind::unavailable, file_error(error).what()};
}

std::string file_problem(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    std::error_code why;
    const fs::file_status status = fs::status(path, why);
    if (status.type() == fs::file_type::not_found) {
        std::error_code ignored;
        if (!fs::is_symlink(path, ignored)) return "there is no such file";
        return fmt::format("is a link to {}, which does not exist",
                           fs::read_symlink(path, ignored).string());
    }
    if (status.type() == fs::file_type::none || status.type() == fs::file_type::unknown) {
        return "cannot be read: " + cause_text(why);
    }
    if (fs::is_directory(status)) return "is a folder, not a file";
    // What a shell makes of <(command) is read once, like a file.
    const bool is_of_shell = fs::is_fifo(status) && path.string().starts_with("/dev/");
    if (!fs::is_regular_file(status) && !is_of_shell) return "is not a file";
    if (::access(path.c_str(), R_OK) != 0)
        return "cannot be read: " + cause_text(last_file_error());
    return {};
}

std::error_code last_file_error() {
    return {errno, std::generic_category()};
}

}  // namespace nightreel
