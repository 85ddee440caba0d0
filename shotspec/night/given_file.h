#pragma once
// Files that a night names, as far as checking it needs them: there, regular, not too large. Reads
// folders; any thread.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace nightreel {

struct GivenFileLimit {
    std::string_view what;  // "a picture"
    std::uintmax_t bytes_max = 0;
};

// A sentence ("there is no such file; did you mean mira.png?"); empty when all is well.
std::string given_file_problem(const std::filesystem::path& path, const GivenFileLimit& limit);

}  // namespace nightreel
