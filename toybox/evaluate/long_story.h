#pragma once
// Captions of a long take of the toy world of which only the first says what the character looks
// like. Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "toybox/world/record.h"

namespace nightreel::toybox {

struct LongStory {
    Actor actor;
    std::vector<std::string> captions;  // one a segment
};

// The first caption also says where; the later ones say "the character" and what it does next. It
// never walks, so that it stays in view, and the camera stands still.
LongStory long_story(std::uint64_t seed, std::size_t number, std::size_t segments);

}  // namespace nightreel::toybox
