#pragma once
// The frames of a decode task's artifact, read one at a time as they look on a display. A damaged
// or missing frame is LostInput. Borrows the context; one thread.

#include <string>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/tasks/kinds.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/units.h"

namespace nightreel {

class DisplayFrames {
  public:
    // `frames` are those of the whole take.
    DisplayFrames(const Digest& artifact, const FrameRange& frames, const TaskContext& context);

    FrameRgb read(std::int64_t number) const;

  private:
    Digest artifact_;
    const TaskContext& context_;
    std::string pattern_;
};

}  // namespace nightreel
