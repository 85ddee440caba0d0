#include "pipeline/plan/roots.h"

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

namespace fs = std::filesystem;

Roots roots_of(std::span<const std::string> paths) {
    Roots roots;
    for (const std::string& path : paths) roots.emplace(roots.empty() ? takes_root : path, path);
    return roots;
}

fs::path folder_of_take(const PublishOrder& order, const Roots& roots) {
    const auto root = roots.find(order.root);
    if (root == roots.end() || !fs::path(root->second).is_absolute()) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("output root '{}' of {} has no absolute path on this machine",
                                order.root,
                                order.folder));
    }
    const fs::path folder = fs::path(order.folder).lexically_normal();
    if (folder.empty() || folder.is_absolute() || *folder.begin() == ".." || folder == ".") {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("folder '{}' of the take is not below its output root", order.folder));
    }
    return root->second / folder;
}

}  // namespace nightreel
