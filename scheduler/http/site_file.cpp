#include "scheduler/http/site_file.h"

#include <algorithm>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace fs = std::filesystem;

namespace nightreel::http {
namespace {

// Below the root, without a hidden name on the way; nothing where it is not.
bool is_shown(const fs::path& path, const fs::path& root) {
    const auto [of_root, of_path] =
        std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    if (of_root != root.end()) return false;
    return std::none_of(
        of_path, path.end(), [](const fs::path& part) { return part.native().starts_with('.'); });
}

// Where an open file really lies: the system's own answer, which no exchange of names between
// looking and opening can change.
fs::path path_of(const Descriptor& file) {
    std::error_code fault;
    const fs::path path = fs::read_symlink(fmt::format("/proc/self/fd/{}", file.get()), fault);
    return fault ? fs::path() : path;
}

}  // namespace

Found find_below(const fs::path& root, const std::vector<std::string>& names) {
    fs::path wanted = root;
    for (const std::string& name : names) wanted /= name;
    std::error_code fault;
    const fs::path top = fs::canonical(root, fault);
    const fs::path place = fault ? fs::path() : fs::canonical(wanted, fault);
    if (fault || !is_shown(place, top)) return {};
    // Does not wait for the other end of a pipe.
    Descriptor file(::open(place.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));

    struct stat known {};

    if (!file || ::fstat(file.get(), &known) != 0 || !is_shown(path_of(file), top)) return {};
    if (S_ISDIR(known.st_mode)) return {.is_folder = true};
    if (!S_ISREG(known.st_mode)) return {};
    const auto bytes = static_cast<std::uint64_t>(known.st_size);
    std::string tag = fmt::format("\"{:x}-{:x}-{:x}{:08x}\"",
                                  known.st_ino,
                                  bytes,
                                  known.st_mtim.tv_sec,
                                  known.st_mtim.tv_nsec);
    return {.file = SiteFile{std::make_shared<const Descriptor>(std::move(file)),
                             bytes,
                             std::move(tag),
                             place.filename().string()}};
}

}  // namespace nightreel::http
