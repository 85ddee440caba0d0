#pragma once
// Where takes may be published: below the output root and nowhere else, whatever links stand there.
// Any thread.

#include <filesystem>

namespace nightreel {

// Throws Error{bad_input} when `folder`, relative to `root`, leads out of it by its own parts or by
// a link among the folders that exist.
void expect_inside(const std::filesystem::path& root, const std::filesystem::path& folder);

}  // namespace nightreel
