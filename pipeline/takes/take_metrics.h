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
    field("frame", value.frame, {.meaning = "First frame number behind the joint."});
    field("difference",
          value.difference,
          {.meaning = "Mean absolute difference to the frame before, in 8-bit code values."});
    field("ratio",
          value.ratio,
          {.meaning = "That difference over the median difference away from joints."});
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
    field("frames", value.frames, {.meaning = "Frames measured."});
    field("motion_median",
          value.motion_median,
          {.meaning = "Median difference of neighbouring frames away from joints."});
    field("seams", value.seams, {.meaning = "One entry for each joint of two segments."});
    field("seam_ratio_median",
          value.seam_ratio_median,
          {.meaning = "Median of the seam ratios; 0 without a joint."});
    field("seam_ratio_max",
          value.seam_ratio_max,
          {.meaning = "Largest of the seam ratios; 0 without a joint."});
    field("drift",
          value.drift,
          {.meaning = "Largest change of a channel's mean from the first to the last 15 % of "
                      "the take, in 8-bit code values."});
    field("flicker",
          value.flicker,
          {.meaning = "Mean departure of a frame's brightness from that of its two neighbours, "
                      "in 8-bit code values."});
    field("freezes", value.freezes, {.meaning = "Runs of frames that are all the same."});
    field("black_frames", value.black_frames, {.meaning = "Frames with nothing in them."});
    field("broken_frames", value.broken_frames, {.meaning = "Frames with a NaN or an infinity."});
}

}  // namespace nightreel
