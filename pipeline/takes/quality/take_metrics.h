#pragma once
// What is measured on a take: seams at the joints of its segments, drift, flicker, frames that
// stand still, come back, are black or broken, and its characters. All differences are in 8-bit
// code values. Limits of a site play no part here. Plain values; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/takes/quality/finding.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// How far the frames from a joint on stand out from those elsewhere in the take; 1 is unseen.
// Earlier records have the first frame after the joint alone; then the later fields are 0.
struct SeamMetric {
    std::int64_t frame = 0;  // first frame behind the joint
    double difference = 0;
    double ratio = 0;
    std::int64_t worst_frame = 0;
    double acceleration_ratio = 0;
    double colour_step = 0;
    double excess = 0;
};

template <class Visitor>
void describe(SeamMetric& value, Visitor& field) {
    field("frame", value.frame, {.meaning = "Number of the first frame after the joint."});
    field("difference",
          value.difference,
          {.meaning = "Largest difference from the previous frame in the nine frames from the "
                      "joint on, in 8-bit code values."});
    field("ratio", value.ratio, {.meaning = "`difference` divided by motion_median."});
    field("worst_frame", value.worst_frame, {.meaning = "Frame of that difference."});
    field("acceleration_ratio",
          value.acceleration_ratio,
          {.meaning = "The same for the second difference of three frames."});
    field("colour_step",
          value.colour_step,
          {.meaning = "Change of the mean colour over the joint, in code values."});
    field("excess",
          value.excess,
          {.meaning = "The larger of both differences, divided by the largest one that is usual "
                      "in nine frames without a joint."});
}

// Over the segments of a take, or over quarters of a take with fewer than four.
struct DriftMetric {
    double slope = 0;
    double total = 0;
};

template <class Visitor>
void describe(DriftMetric& value, Visitor& field) {
    field("slope", value.slope, {.meaning = "Change per segment, by least squares."});
    field("total", value.total, {.meaning = "Change from the first segment to the last."});
}

struct DriftMetrics {
    DriftMetric red;
    DriftMetric green;
    DriftMetric blue;
    DriftMetric brightness;
    DriftMetric contrast;
    DriftMetric sharpness;
};

template <class Visitor>
void describe(DriftMetrics& value, Visitor& field) {
    field("red", value.red, {.meaning = "Red against brightness, in code values."});
    field("green", value.green, {.meaning = "Green against brightness, in code values."});
    field("blue", value.blue, {.meaning = "Blue against brightness, in code values."});
    field("brightness", value.brightness, {.meaning = "Brightness, in code values."});
    field("contrast", value.contrast, {.meaning = "Contrast, in percent of the first."});
    field(
        "sharpness", value.sharpness, {.meaning = "Steepness of edges, in percent of the first."});
}

// Means over one segment.
struct SegmentMetric {
    FrameRange frames;
    double red = 0;
    double green = 0;
    double blue = 0;
    double brightness = 0;
    double contrast = 0;
    double sharpness = 0;
};

template <class Visitor>
void describe(SegmentMetric& value, Visitor& field) {
    field("frames", value.frames, {.meaning = "Frames of the segment, or quarter."});
    field("red", value.red, {.meaning = "Mean red."});
    field("green", value.green, {.meaning = "Mean green."});
    field("blue", value.blue, {.meaning = "Mean blue."});
    field("brightness", value.brightness, {.meaning = "Mean Rec.709 luma."});
    field("contrast", value.contrast, {.meaning = "Mean standard deviation of luma."});
    field("sharpness", value.sharpness, {.meaning = "Mean variance of the Laplacian of luma."});
}

// A character with reference pictures, as colours and shapes tell; no network takes part.
struct CharacterMetric {
    std::string name;
    std::optional<std::string> not_measured;  // why
    double seen = 0;
    double reference_distance = 0;
    double colour_change = 0;
    double shape_change = 0;
    double size_change = 0;
};

template <class Visitor>
void describe(CharacterMetric& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the character."});
    field("not_measured", value.not_measured, {.meaning = "Why nothing could be measured."});
    field("seen", value.seen, {.meaning = "Share of the frames in which it is seen."});
    field("reference_distance",
          value.reference_distance,
          {.meaning = "Distance of its colours from those of the reference; 0 is equal."});
    field("colour_change",
          value.colour_change,
          {.meaning = "Largest change of its colours within the take; 1 is seen at once."});
    field("shape_change",
          value.shape_change,
          {.meaning = "Largest change of its outline within the take; 1 is seen at once."});
    field("size_change",
          value.size_change,
          {.meaning = "Largest sudden change of its size; 1 is seen at once."});
}

struct TakeMetrics {
    std::int64_t frames = 0;
    double motion_median = 0;
    std::vector<SeamMetric> seams;
    double seam_ratio_median = 0;
    double seam_ratio_max = 0;
    double seam_control_median = 0;
    double seam_control_max = 0;
    double colour_step_control = 0;
    double drift = 0;
    DriftMetrics drifts;
    std::vector<SegmentMetric> segments;
    double flicker = 0;
    std::vector<FrameRange> freezes;
    std::vector<std::int64_t> black_frames;
    std::vector<std::int64_t> broken_frames;
    std::vector<CharacterMetric> characters;
    std::vector<Finding> findings;
};

template <class Visitor>
void describe_seams(TakeMetrics& value, Visitor& field) {
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
    field("seam_control_median",
          value.seam_control_median,
          {.meaning = "Median of the same ratio in nine frames without a joint."});
    field("seam_control_max",
          value.seam_control_max,
          {.meaning = "What 95 % of those ratios do not exceed."});
    field("colour_step_control",
          value.colour_step_control,
          {.meaning = "What 95 % of the colour steps at places without a joint do not exceed."});
}

template <class Visitor>
void describe(TakeMetrics& value, Visitor& field) {
    field("frames", value.frames, {.meaning = "Number of frames measured."});
    describe_seams(value, field);
    field("drift",
          value.drift,
          {.meaning = "Largest change of a channel's mean between the first and last 15 % of the "
                      "take, in 8-bit code values."});
    field("drifts",
          value.drifts,
          {.meaning = "Change of colour, brightness, contrast and sharpness over the segments, "
                      "whatever moves through the picture."});
    field("segments", value.segments, {.meaning = "Means of each segment."});
    field("flicker",
          value.flicker,
          {.meaning = "Mean deviation of a frame's brightness from the average of its two "
                      "neighbours, in 8-bit code values."});
    field("freezes", value.freezes, {.meaning = "Runs of three or more frames that are the same."});
    field("black_frames", value.black_frames, {.meaning = "Frames that are black."});
    field(
        "broken_frames", value.broken_frames, {.meaning = "Frames that contain NaN or infinity."});
    field("characters",
          value.characters,
          {.meaning = "Characters with reference pictures, as found by colour and shape."});
    field("findings",
          value.findings,
          {.meaning = "Everything that stands out, however little; what is beyond the limits of "
                      "the site is a flag."});
}

}  // namespace nightreel
