#pragma once
// For a test case that this machine cannot run. A program with such a case ends with ctest's code
// for skipped tests, where it would have ended with 0: green would hide that nothing was tried.
// Main thread.

#include <string>

#include <fmt/format.h>

namespace nightreel {

inline constexpr int exit_code_skipped = 77;  // SKIP_RETURN_CODE in CMake

inline int& skipped_cases() {
    static int count = 0;
    return count;
}

// Says why; the case returns after it.
inline void skip_case(const std::string& reason) {
    fmt::print("skipped: {}\n", reason);
    ++skipped_cases();
}

}  // namespace nightreel
