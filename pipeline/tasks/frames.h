#pragma once
// The frames of a decode task's artifact, read one at a time. A damaged or missing frame is
// LostInput. They borrow the context; one thread.

#include <string>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/tasks/kinds.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// Scene-linear Rec.709, in which they pass between tasks; of another space, taken back to it.
class SceneFrames {
  public:
    // `frames` are those of the whole take.
    SceneFrames(const Digest& artifact, const FrameRange& frames, const TaskContext& context);

    FrameRgb read(std::int64_t number) const;

  private:
    Digest artifact_;
    const TaskContext& context_;
    std::string pattern_;
};

// As they look on a display.
class DisplayFrames {
  public:
    DisplayFrames(const Digest& artifact, const FrameRange& frames, const TaskContext& context);

    FrameRgb read(std::int64_t number) const;

  private:
    SceneFrames frames_;
};

}  // namespace nightreel
