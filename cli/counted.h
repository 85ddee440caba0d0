#pragma once
// "1 shot", "3 shots". Pure, any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace nightreel::cli {

inline std::string counted(std::int64_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace nightreel::cli
