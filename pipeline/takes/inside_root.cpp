#include "pipeline/takes/inside_root.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace fs = std::filesystem;

namespace nightreel {

void expect_inside(const fs::path& root, const fs::path& folder) {
    fs::path top = fs::weakly_canonical(root);
    if (!top.has_filename()) top = top.parent_path();  // a slash behind it is an empty last part
    const fs::path place = fs::weakly_canonical(root / folder);
    const auto [top_end, place_end] =
        std::mismatch(top.begin(), top.end(), place.begin(), place.end());
    if (top_end == top.end() && place_end != place.end()) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: leads to {}, outside the output root {}: remove the link, or name "
                            "a folder below the root",
                            (root / folder).string(),
                            place.string(),
                            top.string()));
}

}  // namespace nightreel
