#pragma once
// The linear colour space of an OpenEXR picture, from its header. Pure; any thread.

#include <array>
#include <optional>
#include <string_view>

namespace nightreel {

// CIE 1931 x and y of red, green, blue and white, as the attribute `chromaticities` has them.
using PicturePrimaries = std::array<double, 8>;

// The primaries of linear pixels: those of `colorInteropID` (of the Color Interop Forum) or, where
// it is empty, of `chromaticities`; nothing for Rec.709, which a file without both is in too.
// Error{bad_input}, said as what comes after the picture's name, for an id that is not one of
// linear pixels and for chromaticities that enclose no colours or not their white.
std::optional<PicturePrimaries> exr_primaries(
    std::string_view interop_id, const std::optional<PicturePrimaries>& chromaticities);

// Equal in so many digits as files have them.
bool are_same_primaries(const PicturePrimaries& a, const PicturePrimaries& b);

// ACEScg and ACES2065-1.
inline constexpr PicturePrimaries ap1_picture_primaries = {
    0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767};
inline constexpr PicturePrimaries ap0_picture_primaries = {
    0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767};

}  // namespace nightreel
