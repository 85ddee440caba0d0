#include "pipeline/takes/link_file.h"

#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shotspec/base/descriptor.h"
#include "shotspec/base/disk/file_copy.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

constexpr mode_t read_only = 0444;

// False where the file system has no links, or the file belongs to somebody whose mode we may not
// change: then there is no target.
bool hard_linked(const std::filesystem::path& source, const std::filesystem::path& target) {
    if (::link(source.c_str(), target.c_str()) != 0) return false;
    if (::chmod(target.c_str(), read_only) == 0) return true;
    ::unlink(target.c_str());
    return false;
}

// False where the file system cannot share blocks between files: then there is no target.
bool cloned(const std::filesystem::path& source, const std::filesystem::path& target) {
    const Descriptor from(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from) return false;
    const Descriptor to(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!to) return false;
    if (::ioctl(to.get(), FICLONE, from.get()) == 0) return true;
    ::unlink(target.c_str());
    return false;
}

}  // namespace

void place_file(const std::filesystem::path& source,
                const std::filesystem::path& target,
                LinkPolicy policy,
                const Pulse& pulse) {
    if (policy == LinkPolicy::hard && hard_linked(source, target)) return sync_file(target);
    if (cloned(source, target)) return sync_file(target);
    in_context(fmt::format("{}: cannot be copied to {}", source.string(), target.string()),
               [&] { copy_whole_file(source, target, pulse); });
}

void create_folders(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> missing;
    for (std::filesystem::path at = folder; !at.empty() && !std::filesystem::exists(at);
         at = at.parent_path()) {
        missing.push_back(at);
    }
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    if (fault) throw file_error(folder, "cannot be created", fault);
    for (const std::filesystem::path& made : missing) {
        sync_directory(made.has_parent_path() ? made.parent_path() : ".");
    }
}

}  // namespace nightreel
