#pragma once
// Reference pictures as far as checking a night needs them: there, a picture by its first bytes,
// and named by its digest. Reads files; any thread.

#include <cstdint>
#include <filesystem>
#include <string>

#include "shotspec/base/digest.h"

namespace nightreel {

inline constexpr std::uintmax_t picture_bytes_max = 64 * 1024 * 1024;

struct PictureFile {
    Digest digest;
    std::string problem;  // a sentence; empty when all is well
};

PictureFile look_at_picture(const std::filesystem::path& path);

}  // namespace nightreel
