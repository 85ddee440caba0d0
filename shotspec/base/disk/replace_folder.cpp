#include "shotspec/base/disk/replace_folder.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>

#include "shotspec/base/disk/file_error.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_to_replace(const fs::path& place, int reason) {
    throw file_error(place, "cannot be replaced", {reason, std::generic_category()});
}

bool can_be_tried_in_two_steps(int reason) {
    return reason == EINVAL || reason == ENOSYS || reason == EOPNOTSUPP || reason == EPERM;
}

bool exchanged(const fs::path& a, const fs::path& b) {
    return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
}

bool replace_in_two_steps(const fs::path& fresh, const fs::path& place, const fs::path& old) {
    if (::rename(place.c_str(), old.c_str()) != 0) {
        if (errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST) return false;
        fail_to_replace(place, errno);
    }
    if (::rename(fresh.c_str(), place.c_str()) == 0) return true;
    const int reason = errno;
    if (reason == ENOTEMPTY || reason == EEXIST) return false;
    (void)::rename(old.c_str(), place.c_str());
    if (reason == ENOENT) return false;
    fail_to_replace(place, reason);
}

}  // namespace

bool replace_folder(const fs::path& fresh, const fs::path& place, const fs::path& old) {
    if (exchanged(fresh, place)) {
        if (::rename(fresh.c_str(), old.c_str()) == 0) return true;
        const int reason = errno;
        // Somebody else has taken the name since: as if nothing had been done.
        (void)exchanged(fresh, place);
        if (reason == ENOTEMPTY || reason == EEXIST || reason == ENOENT) return false;
        fail_to_replace(old, reason);
    }
    if (errno == ENOENT) return false;
    if (can_be_tried_in_two_steps(errno)) return replace_in_two_steps(fresh, place, old);
    fail_to_replace(place, errno);
}

}  // namespace nightreel
