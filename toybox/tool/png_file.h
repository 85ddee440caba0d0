#pragma once
// Frames as PNG files, written aside and renamed; the same frames give the same bytes. Any thread.

#include <filesystem>
#include <span>

#include "toybox/world/frame.h"

namespace nightreel::toybox {

// The frames side by side. Throws Error{unavailable} naming the path.
void write_png(const std::filesystem::path& path, std::span<const Frame> frames);

}  // namespace nightreel::toybox
