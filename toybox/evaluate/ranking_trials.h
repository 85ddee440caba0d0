#pragma once
// Whether the take that the quality report ranks first is better than one taken at random, in the
// judgement of the detector, which plays no part in the ranking.

#include <cstddef>
#include <vector>

#include "toybox/evaluate/figures.h"
#include "toybox/evaluate/shared_work.h"

namespace nightreel::toybox {

// Four takes of each shot in draft quality, chains of two segments with the actor's sheet. A take
// is right when the detector sees at the end of both segments one actor with the shape, colour,
// pattern and size that the caption says ("as_asked"), or one actor, whatever its looks
// ("one_actor"). Of each: "ranking.<...>.ranked", the take that is ranked first; ".random", one
// drawn with a fixed seed; ".any", some take of the shot: nobody can choose better; ".mcnemar", the
// two-sided exact test of the first against the second. The shots are others than the ranking was
// made with.
std::vector<Figure> measure_ranking(const Crew& crew, std::size_t shots);

}  // namespace nightreel::toybox
