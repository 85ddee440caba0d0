#pragma once
// Puts one folder in the place of another, also where the file system cannot exchange two names in
// one step (NFS, SMB, many FUSE ones). Any thread, any process.

#include <filesystem>

namespace nightreel {

// `place` gets what is at `fresh`, and `old`, a free name, what was at `place`. In one step where
// the file system can do that, so that a reader always finds one of the two. Elsewhere `place` is
// empty for a moment: who is killed then leaves both folders whole, at `old` and at `fresh`, and
// the owner of the place knows where to look. False when somebody came between: `fresh` is still
// where it was, and `old` has what was taken away, if anything was. Error{unavailable} names the
// place; what was there is there then.
[[nodiscard]] bool replace_folder(const std::filesystem::path& fresh,
                                  const std::filesystem::path& place,
                                  const std::filesystem::path& old);

}  // namespace nightreel
