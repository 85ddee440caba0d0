#pragma once
// What a shot makes of given clips: which of their frames are delivered as they are, and what is
// made between them. Plain values, any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/night/blend_curve.h"

namespace nightreel {

enum class ClipKind {
    take,    // a published take, by its publish.json
    movie,   // a file with a video stream
    frames,  // EXR files whose names differ by their frame number
};

template <>
struct EnumWords<ClipKind> {
    static constexpr auto words = std::to_array<std::pair<ClipKind, std::string_view>>(
        {{ClipKind::take, "take"}, {ClipKind::movie, "movie"}, {ClipKind::frames, "frames"}});
};

struct ClipFile {
    std::string path;  // absolute, or of an exported job relative to it
    Digest digest;
};

template <class Visitor>
void describe(ClipFile& value, Visitor& field) {
    field("path", value.path, {.meaning = "Path of the file.", .in_digest = false});
    field("digest", value.digest, {.meaning = "SHA-256 of the file."});
}

// A part of a clip that a shot uses.
struct ResolvedClip {
    ClipKind kind = ClipKind::take;
    std::string name;             // as the night has it
    std::vector<ClipFile> files;  // one a frame, in order; of a movie the only one
    FrameRange frames;            // numbers in the source; a movie's are counted from 1
    PictureSize size;             // of the source
    FrameRate rate;               // likewise
};

template <class Visitor>
void describe(ResolvedClip& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "Kind of clip."});
    field("name", value.name, {.meaning = "The clip as it is written.", .in_digest = false});
    field("files", value.files, {.meaning = "Files, one a frame; of a movie the only one."});
    field("frames", value.frames, {.meaning = "Frame numbers in the source."});
    field("size", value.size, {.meaning = "Picture size of the source."});
    field("rate", value.rate, {.meaning = "Frame rate of the source."});
}

enum class EditVerb { extend, fill, loop, recut, retake, remix, blend, control, paint, reframe };

template <>
struct EnumWords<EditVerb> {
    static constexpr auto words =
        std::to_array<std::pair<EditVerb, std::string_view>>({{EditVerb::extend, "extend"},
                                                              {EditVerb::fill, "fill"},
                                                              {EditVerb::loop, "loop"},
                                                              {EditVerb::recut, "recut"},
                                                              {EditVerb::retake, "retake"},
                                                              {EditVerb::remix, "remix"},
                                                              {EditVerb::blend, "blend"},
                                                              {EditVerb::control, "control"},
                                                              {EditVerb::paint, "paint"},
                                                              {EditVerb::reframe, "reframe"}});
};

// Consecutive frames of the take: of a clip, as they are, or made.
struct EditPart {
    std::optional<std::int32_t> clip = {};  // which of the clips; absent: made
    std::int64_t first = 0;                 // of the clip's frames, from 0
    std::int64_t count = 0;

    friend bool operator==(const EditPart&, const EditPart&) = default;
};

template <class Visitor>
void describe(EditPart& value, Visitor& field) {
    field("clip", value.clip, {.meaning = "Index of the clip that is kept; absent: made."});
    field("first", value.first, {.meaning = "First frame of the clip, from 0."});
    field("count", value.count, {.meaning = "Number of frames."});
}

// What a control clip shows.
enum class ControlKind { depth, pose, edges, grey };

template <>
struct EnumWords<ControlKind> {
    static constexpr auto words =
        std::to_array<std::pair<ControlKind, std::string_view>>({{ControlKind::depth, "depth"},
                                                                 {ControlKind::pose, "pose"},
                                                                 {ControlKind::edges, "edges"},
                                                                 {ControlKind::grey, "grey"}});
};

// Where the clip's first pixel stands in the pictures of the shot.
struct ClipCorner {
    std::int32_t x = 0;
    std::int32_t y = 0;
};

template <class Visitor>
void describe(ClipCorner& value, Visitor& field) {
    field("x", value.x, {.meaning = "Columns to the left of the clip."});
    field("y", value.y, {.meaning = "Rows above the clip."});
}

// How a model with control channels is shown a clip, and which of its pixels are delivered: all of
// a control clip are only seen, those outside of a painted mask or inside of a reframed picture are
// kept.
struct ResolvedControl {
    std::optional<ControlKind> kind = {};    // of a control clip; absent: pixels are kept
    std::optional<std::int32_t> grow = {};   // pixels that the made part reaches into the clip
    std::optional<ClipCorner> corner = {};   // of a reframed clip
    std::optional<PictureSize> inside = {};  // its size
};

template <class Visitor>
void describe(ResolvedControl& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "What the control clip shows."});
    field("grow", value.grow, {.meaning = "Pixels that the made part reaches into the clip."});
    field("corner", value.corner, {.meaning = "Place of a reframed clip."});
    field("inside", value.inside, {.meaning = "Size of a reframed clip."});
}

struct ResolvedEdit {
    EditVerb verb = EditVerb::extend;
    std::vector<ResolvedClip> clips;
    std::vector<EditPart> parts;          // in the order of the take
    std::optional<double> strength = {};  // of a remix: the noise level it begins below
    std::optional<std::vector<CurvePoint>> curve = {};  // of a blend of the two clips
    std::optional<ResolvedControl> control = {};  // the second clip, if there is one, is the mask
};

// Whether frames are kept whole and others are made beside them. Else all frames are made, as of
// any shot.
inline bool keeps_whole_frames(const ResolvedEdit& edit) {
    return !edit.strength && !edit.control;
}

template <class Visitor>
void describe(ResolvedEdit& value, Visitor& field) {
    field("verb", value.verb, {.meaning = "Operation."});
    field("clips", value.clips, {.meaning = "Clips it works on."});
    field("parts", value.parts, {.meaning = "What the take consists of, in order."});
    field("strength", value.strength, {.meaning = "Noise level that a remix begins at."});
    field("curve", value.curve, {.meaning = "Share of the second clip of a blend."});
    field("control", value.control, {.meaning = "How the clip is shown as control channels."});
}

}  // namespace nightreel
