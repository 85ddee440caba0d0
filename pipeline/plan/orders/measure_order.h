#pragma once
// The order of the task that measures the frames of a take. A plain value, any thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// Result: metrics.json (pipeline/takes/quality/take_metrics.h), series.json, plot.svg and
// SHA256SUMS.
struct MeasureOrder {
    Digest frames_artifact;
    FrameRange frames;
    std::vector<std::int64_t> joints;  // first frame numbers of what each later segment adds
    // First frame numbers of clips that continue nothing.
    std::vector<std::int64_t> cuts = {};
    std::vector<ReferencePicture> references = {};
    std::optional<bool> changes_scene = {};  // as asked; a blend does
    // Of the report: results of earlier releases, which say less, have another name.
    std::optional<std::int32_t> report = {};
};

// What the measure task of this release writes.
inline constexpr std::int32_t quality_report_version = 2;

template <class Visitor>
void describe(MeasureOrder& value, Visitor& field) {
    field("frames_artifact",
          value.frames_artifact,
          {.meaning = "Digest of the decode task's result."});
    field("frames", value.frames, {.meaning = "Frame range."});
    field("joints", value.joints, {.meaning = "First new frame of each segment after the first."});
    field("cuts", value.cuts, {.meaning = "First frame of each separate clip after the first."});
    field("references",
          value.references,
          {.meaning = "Reference pictures of the characters, to find them in the frames."});
    field("changes_scene",
          value.changes_scene,
          {.meaning = "Whether the picture as a whole is asked to change."});
    field("report", value.report, {.meaning = "Version of the quality report."});
}

}  // namespace nightreel
