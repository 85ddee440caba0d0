#pragma once
// A clip as control channels are shown it, on the canvas of its shot, and the same clip mixed with
// what was made of it. Borrowed context; one thread.

#include <cstdint>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/sample/segment_request.h"
#include "pipeline/tasks/frames.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {

class ShownClip {
  public:
    // Throws Error{bad_input} for an order that cannot be followed.
    ShownClip(const SegmentControl& control, PictureSize canvas, const TaskContext& context);

    // Frames are counted from the first one of the order; beyond the last one it is held.
    //
    // Display-referred, mid-grey where pixels are to be made. `made` of a control clip is empty.
    void show(std::int64_t index, ControlFrames& frames) const;

    // Scene-linear: the clip's own pixels where they are kept.
    FrameRgb over(std::int64_t index, const FrameRgb& made_scene) const;

    bool keeps_pixels() const { return !control_.how.kind; }

  private:
    std::int64_t number_of(const FramePart& part, std::int64_t index) const;
    FrameRgb scene(std::int64_t index) const;
    std::vector<float> shares(std::int64_t index) const;

    const SegmentControl& control_;
    PictureSize canvas_;
    SceneFrames clip_;
    std::optional<DisplayFrames> mask_;
};

// The segment's clip into the request; frames that it is given of the segment before become
// finished ones, with the clip's own pixels where they are kept.
void read_control(const SampleOrder& order,
                  const TaskContext& context,
                  int frames_per_latent,
                  SegmentRequest& request);

}  // namespace nightreel
