#include "pipeline/store/disk_fault.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/statvfs.h>

namespace nightreel {

std::string disk_fault(const std::filesystem::path& folder, std::uint64_t free_bytes_min) {
    struct statvfs facts {};

    if (::statvfs(folder.c_str(), &facts) != 0) {
        return fmt::format("{}: {}; is the disk mounted?", folder.string(), std::strerror(errno));
    }
    if ((facts.f_flag & ST_RDONLY) != 0) {
        return fmt::format("{}: the file system is read-only", folder.string());
    }
    const std::uint64_t free_bytes = std::uint64_t{facts.f_bavail} * facts.f_frsize;
    if (free_bytes >= free_bytes_min) return {};
    return fmt::format("{}: fewer than {} MiB are free (store_free_min): free disk space there",
                       folder.string(),
                       free_bytes_min >> 20U);
}

}  // namespace nightreel
