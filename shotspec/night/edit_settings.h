#pragma once
// Operations on clips as a night file asks for them. Described once here. Plain values, any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/prose.h"
#include "shotspec/describe/text_form.h"
#include "shotspec/describe/units.h"
#include "shotspec/night/blend_curve.h"
#include "shotspec/night/clip_asked.h"
#include "shotspec/night/clip_span.h"

namespace nightreel {

enum class ClipSide { after, before };

template <>
struct EnumWords<ClipSide> {
    static constexpr auto words = std::to_array<std::pair<ClipSide, std::string_view>>(
        {{ClipSide::after, "after"}, {ClipSide::before, "before"}});
};

struct ExtendAsked {
    ClipAsked clip;
    ClipSide side = ClipSide::after;
};

template <class Visitor>
void describe(ExtendAsked& value, Visitor& field) {
    field("clip", value.clip, {.meaning = "The clip to extend.", .required = true});
    field("side",
          value.side,
          {.meaning = "Side on which new frames are made. The length of the shot counts the clip "
                      "and the new frames.",
           .fallback = "after"});
}

struct FillAsked {
    ClipAsked before;
    ClipAsked after;
};

template <class Visitor>
void describe(FillAsked& value, Visitor& field) {
    field("before",
          value.before,
          {.meaning = "The clip that the take begins with.", .required = true});
    field("after",
          value.after,
          {.meaning = "The clip that the take ends with. The length of the shot counts both clips "
                      "and the new frames between them.",
           .required = true});
}

struct RecutAsked {
    ClipAsked clip;
    ClipSpan keep;
};

template <class Visitor>
void describe(RecutAsked& value, Visitor& field) {
    field("clip", value.clip, {.meaning = "The clip.", .required = true});
    field("keep",
          value.keep,
          {.meaning = "Part of the clip that is kept; all before and after it is made again.",
           .required = true,
           .example = "1013-1060"});
}

struct RetakeAsked {
    ClipAsked take;
    ClipSpan range;
};

template <class Visitor>
void describe(RetakeAsked& value, Visitor& field) {
    field("take", value.take, {.meaning = "The take or another clip.", .required = true});
    field("range",
          value.range,
          {.meaning = "Part of the clip that is made again. Between kept frames its length is a "
                      "multiple of the frames of a latent frame; its end moves by up to three "
                      "frames where needed, which plan prints.",
           .required = true,
           .example = "2s-3s"});
}

// How far a remix may go from its clip.
struct RemixStrength {
    double sigma = 0.75;

    friend bool operator==(const RemixStrength&, const RemixStrength&) = default;
};

template <>
struct TextForm<RemixStrength> {
    static constexpr std::string_view accepted = "subtle, mild, strong or a number from 0 to 1";
    static constexpr std::string_view json_schema =
        R"({"anyOf":[{"enum":["subtle","mild","strong"]},)"
        R"({"type":"number","minimum":0,"maximum":1}]})";
    static std::optional<RemixStrength> read(std::string_view word);
    static std::string write(const RemixStrength& value);
};

struct RemixAsked {
    ClipAsked clip;
    RemixStrength strength;
};

template <class Visitor>
void describe(RemixAsked& value, Visitor& field) {
    field("clip", value.clip, {.meaning = "The clip to remix.", .required = true});
    field("strength",
          value.strength,
          {.meaning = "How much may change: the noise level that the clip is taken to. subtle is "
                      "0.55, mild 0.75, strong 0.90; a number s is 0.3 + 0.68 s.",
           .example = "mild",
           .fallback = "mild"});
}

struct ControlAsked {
    std::optional<ClipAsked> depth;
    std::optional<ClipAsked> pose;
    std::optional<ClipAsked> edges;
    std::optional<ClipAsked> grey;
};

template <class Visitor>
void describe(ControlAsked& value, Visitor& field) {
    field("depth",
          value.depth,
          {.meaning = "Clip of distances, near is white. Its colours are read as grey.",
           .example = "plates/sh010_depth.mov"});
    field("pose",
          value.pose,
          {.meaning = "Clip of skeletons on black, in the colours that the model was trained on.",
           .example = "plates/sh010_pose.mov"});
    field("edges",
          value.edges,
          {.meaning = "Clip of lines as the model was trained on. Its colours are read as grey.",
           .example = "plates/sh010_lines.mov"});
    field("grey",
          value.grey,
          {.meaning = "Any clip; its colours are read as grey, so that they come from the text.",
           .example = "plates/sh010.mov"});
}

template <>
struct ExactlyOne<ControlAsked> {
    static constexpr auto words =
        std::to_array<std::string_view>({"depth", "pose", "edges", "grey"});
};

inline constexpr std::int32_t grow_default = 8;
inline constexpr std::int32_t grow_max = 256;

struct BlendAsked {
    ClipAsked a;
    ClipAsked b;
    std::vector<CurvePointAsked> curve;
};

template <class Visitor>
void describe(BlendAsked& value, Visitor& field) {
    field("a", value.a, {.meaning = "The first clip.", .required = true});
    field("b",
          value.b,
          {.meaning = "The second clip. Both begin with the take; range gives another beginning.",
           .required = true});
    field("curve",
          value.curve,
          {.meaning = "Times in rising order and the share of the second clip there, 0 to 1, with "
                      "straight lines between them. Frames with 0 or 1 are those of a clip, pixel "
                      "for pixel; the others are made.",
           .required = true,
           .example = "[[1s, 0], [3s, 1]]"});
}

struct PaintAsked {
    ClipAsked clip;
    ClipAsked mask;
    std::optional<std::int32_t> grow;
};

template <class Visitor>
void describe(PaintAsked& value, Visitor& field) {
    field("clip", value.clip, {.meaning = "The clip.", .required = true});
    field("mask",
          value.mask,
          {.meaning = "Clip of the same length whose pixels above mid-grey, as a display shows "
                      "them, are made.",
           .required = true});
    field("grow",
          value.grow,
          {.meaning = "Pixels by which the mask grows. Over them what is made fades into the clip; "
                      "0: a hard edge.",
           .minimum = 0,
           .maximum = grow_max,
           .fallback = "8"});
}

// Where a smaller picture stands in a larger one.
enum class FrameAnchor {
    centre,
    top,
    bottom,
    left,
    right,
    top_left,
    top_right,
    bottom_left,
    bottom_right
};

template <>
struct EnumWords<FrameAnchor> {
    static constexpr auto words = std::to_array<std::pair<FrameAnchor, std::string_view>>(
        {{FrameAnchor::centre, "centre"},
         {FrameAnchor::top, "top"},
         {FrameAnchor::bottom, "bottom"},
         {FrameAnchor::left, "left"},
         {FrameAnchor::right, "right"},
         {FrameAnchor::top_left, "top_left"},
         {FrameAnchor::top_right, "top_right"},
         {FrameAnchor::bottom_left, "bottom_left"},
         {FrameAnchor::bottom_right, "bottom_right"}});
};

struct ReframeAsked {
    ClipAsked clip;
    FrameAnchor anchor = FrameAnchor::centre;
    std::optional<std::int32_t> grow;
};

template <class Visitor>
void describe(ReframeAsked& value, Visitor& field) {
    field("clip",
          value.clip,
          {.meaning = "The clip, smaller than the shot on one side or both.", .required = true});
    field("anchor",
          value.anchor,
          {.meaning = "Where the larger picture has the clip.", .fallback = "centre"});
    field("grow",
          value.grow,
          {.meaning = "Pixels inside the edge of the clip over which it fades into what is made; "
                      "0: all of its pixels are kept.",
           .minimum = 0,
           .maximum = grow_max,
           .fallback = "8"});
}

struct StoryCard {
    Length at;
    std::string prompt;
    std::optional<std::string> image;
};

template <class Visitor>
void describe(StoryCard& value, Visitor& field) {
    field("at",
          value.at,
          {.meaning = "Time or frame from the first frame of the take, handles included.",
           .required = true,
           .example = "4s"});
    field("prompt",
          value.prompt,
          {.meaning = "Text from there to the next card. {name} inserts a character.",
           .required = true,
           .example = "\"{mira} jumps over the pillar\""});
    field("image",
          value.image,
          {.meaning = "Picture that the take shows there (PNG, JPEG, EXR), relative to this file.",
           .example = "boards/020_a.png"});
}

template <>
struct Prose<StoryCard> {
    static constexpr auto words = std::to_array<std::string_view>({"prompt"});
};

}  // namespace nightreel
