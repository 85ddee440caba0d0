#pragma once
// Records to pictures: the exact, model-free truth of the toy world. A Stage is built once and then
// drawn from by any thread.

#include "toybox/world/frame.h"
#include "toybox/world/record.h"
#include "toybox/world/shape.h"
#include "toybox/world/skyline.h"

namespace nightreel::toybox {

class Stage {
  public:
    // Frames [first, first + frames) of the record's stream.
    Clip render(const Record& record, int frames = stream_frames, int first = 0) const;

  private:
    Skylines skylines_;
};

// One actor centred on white and enlarged: what the bundled model takes as a character's reference.
Frame render_sheet(const Actor& actor);

}  // namespace nightreel::toybox
