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

enum class EditVerb { extend, fill, loop, recut, retake, remix };

template <>
struct EnumWords<EditVerb> {
    static constexpr auto words =
        std::to_array<std::pair<EditVerb, std::string_view>>({{EditVerb::extend, "extend"},
                                                              {EditVerb::fill, "fill"},
                                                              {EditVerb::loop, "loop"},
                                                              {EditVerb::recut, "recut"},
                                                              {EditVerb::retake, "retake"},
                                                              {EditVerb::remix, "remix"}});
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

struct ResolvedEdit {
    EditVerb verb = EditVerb::extend;
    std::vector<ResolvedClip> clips;
    std::vector<EditPart> parts;          // in the order of the take
    std::optional<double> strength = {};  // of a remix: the noise level it begins below
};

template <class Visitor>
void describe(ResolvedEdit& value, Visitor& field) {
    field("verb", value.verb, {.meaning = "Operation."});
    field("clips", value.clips, {.meaning = "Clips it works on."});
    field("parts", value.parts, {.meaning = "What the take consists of, in order."});
    field("strength", value.strength, {.meaning = "Noise level that a remix begins at."});
}

}  // namespace nightreel
