#pragma once
// How the frames that an operation makes are covered by streams of the model: each holds frames of
// a clip in front, behind or at both ends as clean latent frames, which are not delivered.
//
//   latent frame   0  1  2  3  4  5  6
//   between clips  b  b  b  o  o  a  a     b: the last 4 k + 1 frames before, a: the first 4 j
//   after
//
// The first latent frame of a stream holds one frame, all others hold four. So between two clips
// the new frames are 4 n; before a clip the stream makes 4 n + 1 and the first ones are dropped;
// after one it makes 4 n and the last ones are dropped. Pure values, any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/plan/segment_plan.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// Frames that a clip has on a side; 0: there is none.
struct KnownFrames {
    std::int64_t before = 0;
    std::int64_t after = 0;
};

struct MadePart {
    std::int64_t count = 0;    // frames that it delivers
    std::int32_t before = 0;   // given frames in front
    std::int32_t after = 0;    // and behind
    std::int64_t skipped = 0;  // leading frames of its stream that are not delivered
    SegmentPlan stream;

    friend bool operator==(const MadePart&, const MadePart&) = default;
};

// In the order of the take. Frames before a clip that are more than a window makes are several
// parts, each of which is given the first frames of the next one. Error{bad_input} where a model's
// window leaves no room.
std::vector<MadePart> plan_made_parts(const ResolvedShot& shot,
                                      const ModelCard& card,
                                      std::int64_t count,
                                      const KnownFrames& known);

// Whether the take is put together from parts: kept ones of clips, or ones that are made apart.
bool has_parts(const ResolvedShot& shot);

// The parts of such a take. Those of strategy: anchors without pictures are short clips that hang
// on the text alone, and the gaps between them: clip, gap, ..., clip.
std::vector<EditPart> parts_of(const ResolvedShot& shot, const ModelCard& card);

// Which parts a made one is given frames of, on both sides.
struct PartsBeside {
    std::optional<std::size_t> before = {};
    std::optional<std::size_t> after = {};
};

PartsBeside parts_beside(const ResolvedShot& shot,
                         const std::vector<EditPart>& parts,
                         std::size_t part);

// How many frames these have.
KnownFrames known_beside(const ResolvedShot& shot,
                         const std::vector<EditPart>& parts,
                         std::size_t part);

// All streams of such a take, as one plan for reports: frames are counted in the take.
SegmentPlan plan_parts(const ResolvedShot& shot, const ModelCard& card);

}  // namespace nightreel
