#include "pipeline/takes/link_file.h"

#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/file_error.h"
#include "shotspec/base/files.h"

namespace nightreel {

void link_or_copy(const std::filesystem::path& source, const std::filesystem::path& target) {
    std::error_code fault;
    std::filesystem::create_hard_link(source, target, fault);
    if (!fault) return sync_file(target);
    // Another file system, or one that knows no links.
    in_context(
        fmt::format("{}: cannot be linked or copied to {}", source.string(), target.string()),
        [&] { copy_whole_file(source, target); });
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
