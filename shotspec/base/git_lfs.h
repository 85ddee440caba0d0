#pragma once
// Files that Git LFS left a pointer of: a few lines of text in place of a model or a picture. Pure,
// any thread.

#include <string_view>

namespace nightreel {

// `bytes`: of the file's beginning, 32 or more where the file has them.
constexpr bool is_git_lfs_pointer(std::string_view bytes) {
    return bytes.starts_with("version https://git-lfs");
}

}  // namespace nightreel
