#pragma once
// How a take of any length is covered by windows that a model can make: each later segment begins
// some latent frames before the end of the one before and is given those as its history. Pure
// values, any thread.
//
//   latent frame   0 1 2 3 4 5 6 7 8 9
//   segment 1      o o o o o              window 5
//   segment 2            h h o o o        overlap 2: h is history, o its own
//   segment 3              h h h h o      the last one is a full window too: more history
//
// Models that continue from pictures have segments that are streams of their own: each begins with
// frames that the one before delivers.

#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/plan/strategy/window_plan.h"
#include "shotspec/card/model_card.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// Longer takes are refused: at 24 frames a second this is nearly twelve hours.
inline constexpr std::int64_t take_frames_max = 1'000'000;

struct Segment {
    std::int64_t latent_first = 0;  // counted in the take
    std::int32_t latent_count = 0;
    std::int32_t history = 0;      // leading latent frames shared with the segment before
    std::int64_t frame_first = 0;  // pixel frame of the take, from 0, where its own frames begin
    // Of a stream of its own: leading frames that the segment before delivers.
    std::optional<std::int32_t> shared_frames = {};

    std::int64_t latent_end() const { return latent_first + latent_count; }

    friend bool operator==(const Segment&, const Segment&) = default;
};

template <class Visitor>
void describe(Segment& value, Visitor& field) {
    field("latent_first",
          value.latent_first,
          {.meaning = "Index of its first latent frame in the take."});
    field("latent_count",
          value.latent_count,
          {.meaning = "Number of latent frames, history included."});
    field("history",
          value.history,
          {.meaning = "Number of leading latent frames taken from the previous segment."});
    field("frame_first",
          value.frame_first,
          {.meaning = "Index in the take of its first new frame, from 0."});
    field("shared_frames",
          value.shared_frames,
          {.meaning = "Number of leading frames that the previous segment delivers."});
}

struct SegmentPlan {
    std::int64_t frame_count = 0;   // asked for; what the latents hold beyond is dropped
    std::int64_t latent_count = 0;  // what the segments cover, from 0
    std::vector<Segment> segments;
    std::optional<WindowSettings> windows = {};  // of a take that is sampled as one segment

    friend bool operator==(const SegmentPlan&, const SegmentPlan&) = default;
};

template <class Visitor>
void describe(SegmentPlan& value, Visitor& field) {
    field("frame_count", value.frame_count, {.meaning = "Number of frames in the take."});
    field("latent_count", value.latent_count, {.meaning = "Number of latent frames in the take."});
    field("segments", value.segments, {.meaning = "Segments, in order."});
    field("windows", value.windows, {.meaning = "Windows, if the take is sampled as a whole."});
}

// Number of latent frames for `frame_count` frames: the first latent frame decodes to one frame,
// each later one to `frames_per_latent` frames.
std::int64_t latents_for(std::int64_t frame_count, const ModelLatents& latents);

// Index (from 0) of the first frame that a latent frame decodes to.
std::int64_t first_frame_of(std::int64_t latent, const ModelLatents& latents);

// Splits a take into segments of `segment_latents` that share `overlap` latent frames. The last one
// of several is as long as the others and takes more history; a take that is shorter than a segment
// is one, of at least the model's shortest window. So lengthening a take changes only its last
// segment. With blocks of latent frames (shotspec/card/forcing.h), every segment and every history
// is a whole number of blocks. Without an overlap a take is one segment. Throws Error{bad_input} if
// the model cannot do this.
SegmentPlan plan_segments(std::int64_t frame_count,
                          const ModelCard& card,
                          std::int32_t segment_latents,
                          std::int32_t overlap,
                          std::int32_t block = 1);

// Splits a take into separate clips of at most `segment_latents`, as equal as the latents allow,
// that share nothing: each begins with a latent frame of its own that decodes to one frame, and is
// a decoder stream of its own. What the last one makes beyond the take is dropped.
SegmentPlan plan_clips(std::int64_t frame_count,
                       const ModelCard& card,
                       std::int32_t segment_latents,
                       std::int32_t block = 1);

// Splits a take into streams of their own: each segment after the first begins with frames that the
// one before delivers, `overlap` latent frames of them: 1 + (overlap - 1) k frames. What the last
// one makes beyond the take is dropped; with kept frames it begins with more of them instead.
// Throws as above.
SegmentPlan plan_streams(std::int64_t frame_count,
                         const ModelCard& card,
                         std::int32_t segment_latents,
                         std::int32_t overlap);

// A segment for each gap between two pictures at these frames, or after the last one, as streams of
// their own that share the picture's frame.
SegmentPlan plan_gaps(std::int64_t frame_count,
                      const ModelCard& card,
                      std::vector<std::int64_t> picture_frames);

// A take that is sampled as one segment, in windows that share each step.
SegmentPlan plan_windows(std::int64_t frame_count,
                         const ModelCard& card,
                         const WindowSettings& windows);

// Frame numbers where the own frames of each segment begin that continues another, and where one
// window of a take outweighs the one before. Between separate clips there is no joint.
std::vector<std::int64_t> joints_of(const SegmentPlan& plan,
                                    std::int64_t first_frame_number,
                                    const ModelLatents& latents = {});

// Frame numbers where separate clips begin, after the first.
std::vector<std::int64_t> cuts_of(const SegmentPlan& plan, std::int64_t first_frame_number);

}  // namespace nightreel
