#pragma once
// How a given picture is read where that is more than to take its pixels as they are stored. Stands
// in what is planned, so that results from before it was so read are not taken for it; absent for
// all other pictures, whose digests stay as they are. Plain values, any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"
#include "shotspec/picture/picture_header.h"

namespace nightreel {

// What shows through where a picture is transparent.
enum class PictureGround { black, white };

template <>
struct EnumWords<PictureGround> {
    static constexpr auto words = std::to_array<std::pair<PictureGround, std::string_view>>(
        {{PictureGround::black, "black"}, {PictureGround::white, "white"}});
};

struct PictureReading {
    std::optional<std::int32_t> orientation = {};  // EXIF's, 2 to 8; absent: stored upright
    std::optional<bool> display_window = {};       // true where it is not what is stored
    std::optional<PictureGround> ground = {};      // absent: opaque, or black all the same

    // True where colours are converted from primaries that the file gives, other than ACES's.
    std::optional<bool> own_primaries = {};

    friend bool operator==(const PictureReading&, const PictureReading&) = default;
};

template <class Visitor>
void describe(PictureReading& value, Visitor& field) {
    field("orientation", value.orientation, {.meaning = "EXIF orientation that is undone."});
    field("display_window",
          value.display_window,
          {.meaning = "Whether the display window is cut out of an EXR's pixels."});
    field("ground", value.ground, {.meaning = "What its transparent parts are laid on."});
    field("own_primaries",
          value.own_primaries,
          {.meaning = "Whether the colours of an EXR are converted from its own primaries."});
}

// Nothing for a picture that is taken as it is stored.
std::optional<PictureReading> reading_of(const PictureHeader& header, PictureGround ground);

}  // namespace nightreel
