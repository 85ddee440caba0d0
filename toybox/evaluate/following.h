#pragma once
// How often a clip shows what its caption says.

#include <cstddef>
#include <vector>

#include "toybox/evaluate/figures.h"
#include "toybox/evaluate/shared_work.h"

namespace nightreel::toybox {

// Seeded captions of triples that the model was trained on, one clip of 17 frames each.
void measure_following(const Crew& crew, std::size_t clips, const Report& report);

}  // namespace nightreel::toybox
