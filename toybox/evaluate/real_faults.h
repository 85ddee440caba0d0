#pragma once
// Puts faults of a character into a take that a model has made, where the detector saw the
// character whole. Pure; any thread.

#include <optional>
#include <vector>

#include "toybox/detect/action.h"
#include "toybox/evaluate/faults.h"
#include "toybox/world/dice.h"

namespace nightreel::toybox {

// One place a frame; none where the character was not seen whole.
using Places = std::vector<std::optional<Sighting>>;

struct SeenTake {
    MadeTake take;
    Places places;
};

// From a frame on: erased against what is beside it (leaves), seen beside itself (doubles), or
// another one (changes): of another colour, 1.5 times as large or small, or the one of `other` in
// its place. Each is eight frames long at least. Nothing when no frame suits.
std::optional<MadeTake> with_actor_fault(const SeenTake& seen,
                                         MadeFault fault,
                                         const SeenTake& other,
                                         Dice& dice);

}  // namespace nightreel::toybox
