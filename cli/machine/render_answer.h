#pragma once
// Asking the render program, which alone knows LibTorch, a short question. Waits for the answer.

#include <string>
#include <vector>

#include "cli/verbs.h"

namespace nightreel::cli {

struct RenderAnswer {
    int exit_code = -1;  // -1: it did not start or did not end by itself
    std::string text;    // all that it said, without the last line's end; or why it did not start
};

RenderAnswer ask_render_program(const Surroundings& surroundings,
                                const std::vector<std::string>& arguments);

}  // namespace nightreel::cli
