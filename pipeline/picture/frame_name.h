#pragma once
// How frames of a take are called, on disk and on pictures. All numbers of a take have one width:
// players and compositors take a change of width for the end of a sequence. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shotspec/describe/units.h"

namespace nightreel {

// Digits of each frame number of a take: as many as its last has, at least four.
int frame_digits(const FrameRange& frames);

// "1001"; "09990" in a take that ends at 10006
std::string frame_text(std::int64_t frame, const FrameRange& frames);

// "aurora_sq010_sh0010_gen_v001_t01.%04d.exr", as FFmpeg, Nuke and OpenRV read it.
std::string frame_pattern(std::string_view name,
                          const FrameRange& frames,
                          std::string_view extension = "exr");

// The pattern with its number filled in: as many digits as it says, more when the number needs
// them, and a minus sign in front of them. Throws Error{bad_input} when the pattern has not exactly
// one %0Nd.
std::string frame_file_name(std::string_view pattern, std::int64_t frame);

// The number of a file of that pattern; nothing for any other file.
std::optional<std::int64_t> frame_number_in(std::string_view pattern, std::string_view file_name);

}  // namespace nightreel
