#pragma once
// A take of the bundled model as a night makes it: segments of one caption that share latent
// frames, conditioned on the sheet of the actor. One thread.

#include <span>

#include "toybox/detect/judge.h"
#include "toybox/evaluate/clip_maker.h"
#include "toybox/evaluate/faults.h"

namespace nightreel::toybox {

struct ChainedTake {
    Clip stream;
    MadeTake take;  // the same frames, with joints and actor
};

// Of one caption; `order` names the noise and says how it is sampled.
ChainedTake make_chained_take(ClipMaker& maker, ClipOrder order, const Actor& actor, int segments);

// Whether the detector sees everything that is asked, at the end of every segment.
bool shows(const Clip& stream,
           const Facts& facts,
           std::span<const Attribute> asked,
           const Detector& detector);

}  // namespace nightreel::toybox
