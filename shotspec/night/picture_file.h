#pragma once
// Given pictures as far as checking a night needs them: there, whole by all that can be known
// without decoding (shotspec/picture), and named by their digest. Reads files; any thread.

#include <cstdint>
#include <filesystem>
#include <string>

#include "shotspec/base/digest.h"
#include "shotspec/describe/units.h"
#include "shotspec/picture/picture_header.h"

namespace nightreel {

inline constexpr std::uintmax_t picture_bytes_max = 64 * 1024 * 1024;

struct PictureFile {
    Digest digest = {};
    PictureHeader header = {};
    std::string problem = {};  // a sentence; empty when all is well
};

PictureFile look_at_picture(const std::filesystem::path& path);

// What is wrong with a picture that has to stand for a frame of this size; empty when it can: it
// has that size, or is a larger one of the same shape.
std::string frame_size_problem(PictureSize picture, PictureSize frame);

}  // namespace nightreel
