#pragma once
// How frames of a sequence are called on disk. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nightreel {

// "aurora_sq010_sh0010_gen_v001_t01.%04d.exr", as FFmpeg, Nuke and OpenRV read it.
std::string frame_pattern(std::string_view name, std::string_view extension = "exr");

// The pattern with its number filled in: four digits, more when the number needs them, and a minus
// sign in front of them. Throws Error{bad_input} when the pattern has not exactly one %0Nd.
std::string frame_file_name(std::string_view pattern, std::int64_t frame);

// The number of a file of that pattern; nothing for any other file.
std::optional<std::int64_t> frame_number_in(std::string_view pattern, std::string_view file_name);

}  // namespace nightreel
