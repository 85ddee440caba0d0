#pragma once
// How well a character is kept over four chained segments of which only the first caption says what
// it looks like, and how much the joints show.

#include <cstddef>
#include <vector>

#include "toybox/evaluate/figures.h"
#include "toybox/evaluate/shared_work.h"

namespace nightreel::toybox {

// Four variants: with and without the character's sheet, with and without overlap.
void measure_chains(const Crew& crew, std::size_t characters, const Report& report);

}  // namespace nightreel::toybox
