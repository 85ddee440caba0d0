#pragma once
// A clip as a night file asks for it. A plain value, any thread.

#include <optional>
#include <string>
#include <type_traits>

#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

struct ClipAsked {
    std::string file;
    std::optional<FrameRange> range;
    std::optional<bool> resize;
    std::optional<bool> any_rate;
};

template <>
struct ShortForm<ClipAsked> : std::true_type {};

template <class Visitor>
void describe(ClipAsked& value, Visitor& field) {
    field("file",
          value.file,
          {.meaning = "Folder of a published take, movie file, or EXR files with %04d or #### for "
                      "the frame number; relative to this file (docs/editing.md).",
           .required = true,
           .example = "plates/sh010.%04d.exr"});
    field("range",
          value.range,
          {.meaning = "Frames to use, by their numbers in the clip, both ends included; a movie's "
                      "are counted from 1.",
           .example = "1001-1048",
           .fallback = "all frames"});
    field("resize",
          value.resize,
          {.meaning = "Whether a clip of another size is made smaller to the size of the shot; it "
                      "must have the same shape and be larger.",
           .fallback = "false"});
    field("any_rate",
          value.any_rate,
          {.meaning = "Whether a clip of another frame rate is used frame by frame, which changes "
                      "its speed.",
           .fallback = "false"});
}

}  // namespace nightreel
