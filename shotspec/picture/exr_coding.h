#pragma once
// How delivered EXR frames are coded: what a night may ask for, and what an order says. Described
// once here. Plain values, any thread.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

// dwaa and dwab lose a little, at OpenEXR's usual level 45; the others give back every bit.
enum class ExrCompression { piz, zip, zips, dwaa, dwab, none };

template <>
struct EnumWords<ExrCompression> {
    static constexpr auto words = std::to_array<std::pair<ExrCompression, std::string_view>>(
        {{ExrCompression::piz, "piz"},
         {ExrCompression::zip, "zip"},
         {ExrCompression::zips, "zips"},
         {ExrCompression::dwaa, "dwaa"},
         {ExrCompression::dwab, "dwab"},
         {ExrCompression::none, "none"}});
};

inline bool is_lossy(ExrCompression compression) {
    return compression == ExrCompression::dwaa || compression == ExrCompression::dwab;
}

// Scene-linear all.
enum class ExrColour { lin_rec709, acescg, aces2065_1 };

template <>
struct EnumWords<ExrColour> {
    static constexpr auto words = std::to_array<std::pair<ExrColour, std::string_view>>(
        {{ExrColour::lin_rec709, "lin_rec709"},
         {ExrColour::acescg, "acescg"},
         {ExrColour::aces2065_1, "aces2065-1"}});
};

// In an order; absent where frames are coded as by default, so that their results keep their names.
struct ExrCoding {
    ExrCompression compression = ExrCompression::piz;
    ExrColour colour = ExrColour::lin_rec709;

    friend bool operator==(const ExrCoding&, const ExrCoding&) = default;
};

inline constexpr std::string_view exr_coding_meaning =
    "Compression and colour space of the EXR frames; absent: piz and lin_rec709.";

template <class Visitor>
void describe(ExrCoding& value, Visitor& field) {
    field("compression", value.compression, {.meaning = "EXR compression."});
    field("colour", value.colour, {.meaning = "Colour space."});
}

// As a night has it.
struct ExrAsked {
    std::optional<ExrCompression> compression;
    std::optional<ExrColour> colour;
    std::optional<std::string> owner;
};

template <class Visitor>
void describe(ExrAsked& value, Visitor& field) {
    field("compression",
          value.compression,
          {.meaning = "Compression. dwaa and dwab are lossy; piz, zip (16 lines), zips (one line) "
                      "and none are not.",
           .example = "zip",
           .fallback = "piz"});
    field("colour",
          value.colour,
          {.meaning = "Colour space, scene-linear. aces2065-1 with compression: none is written as "
                      "an ACES container (SMPTE ST 2065-4).",
           .example = "acescg",
           .fallback = "lin_rec709"});
    field("owner",
          value.owner,
          {.meaning = "Attribute `owner` of the frames: who delivers them.",
           .example = "Night Shift VFX",
           .fallback = "the name of the show"});
}

}  // namespace nightreel
