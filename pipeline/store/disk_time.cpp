#include "pipeline/store/disk_time.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

Millis time_of(const struct stat& facts) {
    return Millis{facts.st_mtim.tv_sec * 1'000 + facts.st_mtim.tv_nsec / 1'000'000};
}

}  // namespace

Millis disk_time(const std::filesystem::path& folder) {
    const std::filesystem::path probe = folder / fmt::format(".time-{}", random_name());
    write_file_atomically(probe, std::string_view());

    struct stat facts {};

    const bool found = ::stat(probe.c_str(), &facts) == 0;
    const int reason = errno;
    ::unlink(probe.c_str());
    if (found) return time_of(facts);
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: cannot be examined: {}", probe.string(), std::strerror(reason)));
}

Millis changed_at(const std::filesystem::path& path, Millis now) {
    struct stat facts {};

    return ::stat(path.c_str(), &facts) == 0 ? time_of(facts) : now;
}

}  // namespace nightreel
