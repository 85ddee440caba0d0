#pragma once
// What a finished take shows, segment by segment, for tests and for people. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toybox/detect/detect.h"
#include "toybox/world/record.h"

namespace nightreel::toybox {

// Frame numbers, both included.
struct FrameSpan {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

struct SegmentReport {
    FrameSpan frames;  // as asked
    FrameSpan
        judged;  // at least 17 frames where the take has them, reaching back before the segment
    Detection seen;
    std::optional<double> seam_ratio;  // of the joint before it; the first has none
    std::optional<bool> same_character;
};

struct TakeReport {
    std::vector<SegmentReport> segments;
};

// Spans in order; they may overlap, and the joint lies where a segment's first own frame does.
// Throws Error{bad_input} for a span outside the take or out of order.
TakeReport report_on(const Detector& detector,
                     std::span<const Frame> take,
                     std::int64_t first_frame,
                     std::span<const FrameSpan> segments,
                     const std::optional<Actor>& character = std::nullopt);

std::string to_json(const TakeReport& report);

// "1001-1017,1018-1029"; "small red striped star". Both throw Error{bad_input}.
std::vector<FrameSpan> spans_from(std::string_view text);
Actor character_from(std::string_view text);

}  // namespace nightreel::toybox
