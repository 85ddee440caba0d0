#pragma once
// Other programs, for tests that let an independent reader judge what was written.

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace nightreel {

struct ProgramResult {
    int code = -1;
    std::string output;  // stdout
};

// Runs a line of shell; tests own every word of it.
inline ProgramResult run_program(const std::string& line) {
    ProgramResult result;
    std::FILE* const pipe = ::popen(line.c_str(), "r");
    if (pipe == nullptr) return result;
    std::array<char, 4096> part{};
    while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe)) {
        result.output.append(part.data(), got);
    }
    const int status = ::pclose(pipe);
    result.code = status < 0 ? -1 : (status >> 8) & 0xff;
    return result;
}

inline bool has_program(const std::string& name) {
    return run_program("command -v " + name + " >/dev/null").code == 0;
}

}  // namespace nightreel
