#pragma once
// A delivery profile: what a recipient wants of a published take. Described once here; files of
// farm_configs/delivery are examples. Plain values; reading throws nothing but Error of the disk.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/picture/exr_coding.h"
#include "shotspec/picture/movie_format.h"
#include "shotspec/yaml/diagnostic.h"

namespace nightreel {

inline constexpr std::int32_t delivery_profile_version = 1;

// What is left out is not checked.
struct DeliveryFrames {
    std::optional<std::vector<ExrCompression>> compression;
    std::optional<std::vector<ExrColour>> colour;
    std::optional<std::vector<PictureSize>> size;
    std::optional<std::vector<FrameRate>> fps;
    std::optional<std::int64_t> first_frame;
    std::optional<std::int32_t> handles;
    std::optional<std::int32_t> digits;
    std::optional<std::vector<std::string>> attributes;
    std::optional<std::vector<std::string>> no_attributes;
};

template <class Visitor>
void describe(DeliveryFrames& value, Visitor& field) {
    field("compression", value.compression, {.meaning = "Compressions that are accepted."});
    field("colour", value.colour, {.meaning = "Colour spaces that are accepted."});
    field("size", value.size, {.meaning = "Picture sizes that are accepted."});
    field("fps", value.fps, {.meaning = "Frame rates that are accepted."});
    field("first_frame",
          value.first_frame,
          {.meaning = "Number of the first frame, handles included."});
    field("handles",
          value.handles,
          {.meaning = "Frames before and after the cut, at least.", .minimum = 0});
    field("digits",
          value.digits,
          {.meaning = "Digits of frame numbers.", .minimum = 1, .maximum = 9});
    field("attributes",
          value.attributes,
          {.meaning = "Header attributes that every frame must have, not empty."});
    field("no_attributes",
          value.no_attributes,
          {.meaning = "Header attributes that no frame may have."});
}

struct DeliveryProfile {
    std::int32_t version = delivery_profile_version;
    std::string meaning;
    DeliveryFrames frames;
    std::optional<std::vector<MovieFormat>> movies;
    std::optional<std::string> name;  // a regular expression
    std::optional<bool> flagged;
};

template <class Visitor>
void describe(DeliveryProfile& value, Visitor& field) {
    field("nightreel_delivery",
          value.version,
          {.meaning = "Version of delivery profiles.", .minimum = 1, .required = true});
    field("meaning", value.meaning, {.meaning = "Who asks for it.", .fallback = "none"});
    field("frames", value.frames, {.meaning = "What EXR frames must be."});
    field("movies", value.movies, {.meaning = "Movies that must be there."});
    field("name",
          value.name,
          {.meaning = "Regular expression (ECMAScript) for the names of frames before their "
                      "number; case counts.",
           .example = "\"[a-z0-9_]+_v[0-9]{3}_t[0-9]{2}\""});
    field("flagged",
          value.flagged,
          {.meaning = "false: takes with flags of the quality report are refused.",
           .fallback = "true"});
}

// Reads a profile; complaints are of the file.
DeliveryProfile read_delivery_profile(const std::filesystem::path& path, Complaints& complaints);

}  // namespace nightreel
