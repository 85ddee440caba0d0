#pragma once
// What can be measured on a take without knowing what it shows: seams at the joints of its
// segments, drift, flicker, freezes, broken and black frames. All differences are in 8-bit code
// values. A plain value; any thread.

#include <cstdint>
#include <vector>

#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// How far the step across a joint stands out from the steps elsewhere in the take; 1 is unseen.
struct SeamMetric {
    std::int64_t frame = 0;  // first frame behind the joint
    double difference = 0;   // to the frame before
    double ratio = 0;
};

template <class Visitor>
void describe(SeamMetric& value, Visitor& field) {
    field("frame", value.frame, {.meaning = "Number of the first frame after the joint."});
    field("difference",
          value.difference,
          {.meaning = "Mean absolute difference from the previous frame, in 8-bit code values."});
    field("ratio", value.ratio, {.meaning = "`difference` divided by motion_median."});
}

struct TakeMetrics {
    std::int64_t frames = 0;
    double motion_median = 0;
    std::vector<SeamMetric> seams;
    double seam_ratio_median = 0;
    double seam_ratio_max = 0;
    double drift = 0;
    double flicker = 0;
    std::vector<FrameRange> freezes;
    std::vector<std::int64_t> black_frames;
    std::vector<std::int64_t> broken_frames;
};

template <class Visitor>
void describe(TakeMetrics& value, Visitor& field) {
    field("frames", value.frames, {.meaning = "Number of frames measured."});
    field("motion_median",
          value.motion_median,
          {.meaning = "Median difference between consecutive frames away from joints, in 8-bit "
                      "code values."});
    field("seams", value.seams, {.meaning = "One entry per joint of two segments."});
    field("seam_ratio_median",
          value.seam_ratio_median,
          {.meaning = "Median seam ratio; 0 if the take has no joint."});
    field("seam_ratio_max",
          value.seam_ratio_max,
          {.meaning = "Largest seam ratio; 0 if the take has no joint."});
    field("drift",
          value.drift,
          {.meaning = "Largest change of a channel's mean between the first and last 15 % of the "
                      "take, in 8-bit code values."});
    field("flicker",
          value.flicker,
          {.meaning = "Mean deviation of a frame's brightness from the average of its two "
                      "neighbours, in 8-bit code values."});
    field("freezes", value.freezes, {.meaning = "Runs of identical frames."});
    field("black_frames", value.black_frames, {.meaning = "Frames that are black."});
    field(
        "broken_frames", value.broken_frames, {.meaning = "Frames that contain NaN or infinity."});
}

}  // namespace nightreel
