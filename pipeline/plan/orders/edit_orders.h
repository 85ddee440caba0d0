#pragma once
// Orders of the tasks that bring given clips into a take, and what the orders of its segments say
// of them. A result of frames (of ingest, decode or assemble) is frame.<number>.exr for every
// number of a range, and SHA256SUMS. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan/orders/model_reference.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/night/resolved_edit.h"
#include "shotspec/picture/exr_coding.h"

namespace nightreel {

// Consecutive frames of a result of frames.
struct FramePart {
    Digest artifact;
    FrameRange all;  // of the result
    FrameRange used;
};

template <class Visitor>
void describe(FramePart& value, Visitor& field) {
    field("artifact", value.artifact, {.meaning = "Digest of the result that has the frames."});
    field("all", value.all, {.meaning = "Frame range of that result."});
    field("used", value.used, {.meaning = "Frames that are used."});
}

// Frames of a clip that are clean latent frames of a segment.
struct SegmentContext {
    FramePart frames;
    // 0: 4 k + 1 frames that the segment's stream begins with. Else 4 k frames from the middle of a
    // stream, which are encoded after some frames that hold the first of them.
    std::int32_t latent = 0;
};

template <class Visitor>
void describe(SegmentContext& value, Visitor& field) {
    field("frames", value.frames, {.meaning = "Frames that are given."});
    field(
        "latent", value.latent, {.meaning = "First latent frame of the segment that holds them."});
}

// Frames from which a segment starts instead of from noise alone.
struct SegmentStart {
    FramePart frames;          // fewer than the segment has: the last one is held
    double noise_level = 1;    // the first step is the first one at or below it
    std::int32_t warm_up = 0;  // leading frames of them that belong to the segment before
    // Of a blend: the noise level of each latent frame down to which it stays what it started from.
    std::optional<std::vector<double>> levels = {};
};

template <class Visitor>
void describe(SegmentStart& value, Visitor& field) {
    field("frames", value.frames, {.meaning = "Frames that the segment starts from."});
    field("noise_level", value.noise_level, {.meaning = "Noise level, 0 to 1."});
    field("warm_up",
          value.warm_up,
          {.meaning = "Leading frames that are encoded with it and belong to the segment before."});
    field("levels",
          value.levels,
          {.meaning = "Noise level down to which each latent frame is held."});
}

// What control channels show of a clip. Of fewer frames than are asked for, the last one is held.
struct SegmentControl {
    FramePart frames;
    std::optional<FramePart> mask = {};  // as many; what is above mid-grey is made
    ResolvedControl how;
};

template <class Visitor>
void describe(SegmentControl& value, Visitor& field) {
    field("frames", value.frames, {.meaning = "Frames of the clip."});
    field("mask", value.mask, {.meaning = "Frames of the mask."});
    field("how", value.how, {.meaning = "What the clip is for."});
}

// Result: frames 1 to their number, scene-linear Rec.709.
struct IngestOrder {
    ResolvedClip clip;
    PictureSize size;  // of the shot; a larger clip of the same shape is made smaller
};

template <class Visitor>
void describe(IngestOrder& value, Visitor& field) {
    field("clip", value.clip, {.meaning = "The clip."});
    field("size", value.size, {.meaning = "Picture size of the result."});
}

// Frames of another result that are mixed over some of a take, as a display shows both.
struct FrameMixture {
    std::int64_t first = 0;  // of the take, from 0
    FramePart frames;
    std::vector<double> shares;  // of these, one a frame
};

template <class Visitor>
void describe(FrameMixture& value, Visitor& field) {
    field("first", value.first, {.meaning = "First frame that is mixed, from 0."});
    field("frames", value.frames, {.meaning = "Frames that are mixed in."});
    field("shares", value.shares, {.meaning = "Their share, one a frame, 0 to 1."});
}

// Result: the frames of its parts one after the other, pixel for pixel; with `over` the pixels of
// that clip where it is kept, mixed scene-linear where it fades.
struct AssembleOrder {
    std::vector<FramePart> parts;
    FrameRange frames;
    FrameRate rate;
    ModelReference model;  // for the headers, with what follows
    std::string show;
    std::string shot;
    std::int32_t take = 1;
    std::optional<SegmentControl> over = {};
    std::optional<std::vector<FrameMixture>> mixed = {};
    std::optional<ExrCoding> exr = {};  // of delivered frames
};

template <class Visitor>
void describe(AssembleOrder& value, Visitor& field) {
    field("parts", value.parts, {.meaning = "Frames, in the order of the take."});
    field("frames", value.frames, {.meaning = "Frame range of the take."});
    field("rate", value.rate, {.meaning = "Frame rate."});
    field("model", value.model, {.meaning = "The model that made frames of the take."});
    field("show", value.show, {.meaning = "Name of the show."});
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("take", value.take, {.meaning = "Take number."});
    field("over", value.over, {.meaning = "Clip whose pixels are kept."});
    field("mixed", value.mixed, {.meaning = "Frames that are cross-faded with others."});
    field("exr", value.exr, {.meaning = exr_coding_meaning});
}

// Frames of a take that are those of a clip, for its record.
struct KeptRange {
    FrameRange frames;  // of the take
    std::string clip;   // as the night has it
    FrameRange source;  // their numbers in the clip; a movie's are counted from 1
};

template <class Visitor>
void describe(KeptRange& value, Visitor& field) {
    field("frames", value.frames, {.meaning = "Frames of the take."});
    field("clip", value.clip, {.meaning = "The clip that they are copied from."});
    field("source", value.source, {.meaning = "Their numbers in the clip."});
}

}  // namespace nightreel
