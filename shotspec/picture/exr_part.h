#pragma once
// The header of one part of an OpenEXR file. A plain value; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/picture/byte_reader.h"
#include "shotspec/picture/exr_colour.h"

namespace nightreel {

// In pixels, both ends included.
struct ExrWindow {
    std::int32_t left = 0;
    std::int32_t top = 0;
    std::int32_t right = -1;
    std::int32_t bottom = -1;

    std::int64_t width() const { return std::int64_t{right} - left + 1; }

    std::int64_t height() const { return std::int64_t{bottom} - top + 1; }

    friend bool operator==(const ExrWindow&, const ExrWindow&) = default;
};

struct ExrChannel {
    std::string name;
    std::int32_t type = 0;  // 0: whole numbers, 1: half, 2: float
    std::int32_t across = 1;
    std::int32_t down = 1;  // one value for so many pixels
};

struct ExrTiles {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    int levels = 0;  // 0: one, 1: each half of the one before, 2: both sides alone
    bool rounds_up = false;
};

struct ExrPart {
    std::vector<ExrChannel> channels;
    std::optional<int> compression;
    std::optional<ExrWindow> stored;
    std::optional<ExrWindow> shown;
    std::optional<float> pixel_aspect;
    std::optional<ExrTiles> tiles;
    std::string interop_id;  // the attribute colorInteropID; empty: none
    std::optional<PicturePrimaries> chromaticities;
    std::string type;  // "deepscanline"; empty in files of one part that do not say it

    const ExrChannel* channel(std::string_view name) const;
};

// Attributes up to the empty name that ends them; Error{bad_input} where they make no sense.
ExrPart read_exr_part(ByteReader& in);

}  // namespace nightreel
