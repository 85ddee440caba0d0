#include "pipeline/plan/roots/roots.h"

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

namespace fs = std::filesystem;

Roots roots_of(std::span<const std::string> paths) {
    Roots roots;
    for (const std::string& path : paths) roots.emplace(roots.empty() ? takes_root : path, path);
    return roots;
}

fs::path folder_below(const Roots& roots, const std::string& root, const std::string& folder) {
    const auto place = roots.find(root);
    if (place == roots.end() || !fs::path(place->second).is_absolute()) {
        throw Error(
            ErrorKind::unavailable,
            fmt::format(
                "output root '{}' of {} has no absolute path on this machine", root, folder));
    }
    const fs::path inside = fs::path(folder).lexically_normal();
    if (inside.empty() || inside.is_absolute() || *inside.begin() == ".." || inside == ".") {
        throw Error(ErrorKind::bad_input,
                    fmt::format("folder '{}' is not below its output root", folder));
    }
    return place->second / inside;
}

fs::path folder_of_take(const PublishOrder& order, const Roots& roots) {
    return folder_below(roots, order.root, order.folder);
}

}  // namespace nightreel
