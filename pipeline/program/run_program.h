#pragma once
// What every program of this folder does around its work: NIGHTREEL_CPU told to LibTorch, arguments
// as strings, and a fault as one line on stderr with the exit code of its kind. From main, once.

#include <span>
#include <string>
#include <string_view>

namespace nightreel {

int run_program(std::string_view name,
                int argc,
                char** argv,
                int (*run)(std::span<const std::string> arguments));

}  // namespace nightreel
