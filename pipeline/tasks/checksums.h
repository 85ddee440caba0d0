#pragma once
// The digests of an artifact's files as they were when they were written, in the form of
// `sha256sum`: what is published is checked against them. Any thread.

#include <filesystem>
#include <map>
#include <string>

#include "shotspec/base/digest.h"

namespace nightreel {

using Checksums = std::map<std::string, Digest>;  // by the name of the file

inline constexpr const char* checksums_name = "SHA256SUMS";

void write_checksums(const std::filesystem::path& folder, const Checksums& digests);

// Throws Error{corrupt} naming the line that cannot be understood.
Checksums read_checksums(const std::filesystem::path& folder);

}  // namespace nightreel
