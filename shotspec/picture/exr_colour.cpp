#include "shotspec/picture/exr_colour.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "shotspec/picture/refuse_picture.h"

namespace nightreel {
namespace {

constexpr double d65_x = 0.3127;
constexpr double d65_y = 0.3290;

constexpr PicturePrimaries rec709_picture_primaries = {
    0.640, 0.330, 0.300, 0.600, 0.150, 0.060, d65_x, d65_y};

struct LinearSpace {
    std::string_view id;
    PicturePrimaries primaries;
};

constexpr auto linear_spaces = std::to_array<LinearSpace>(
    {{"lin_rec709_scene", rec709_picture_primaries},
     {"lin_ap1_scene", ap1_picture_primaries},
     {"lin_ap0_scene", ap0_picture_primaries},
     {"lin_p3d65_scene", {0.680, 0.320, 0.265, 0.690, 0.150, 0.060, d65_x, d65_y}},
     {"lin_rec2020_scene", {0.708, 0.292, 0.170, 0.797, 0.131, 0.046, d65_x, d65_y}},
     {"lin_adobergb_scene", {0.640, 0.330, 0.210, 0.710, 0.150, 0.060, d65_x, d65_y}}});

// Of a damaged file these may be any bytes, and any number of them.
std::string shown_id(std::string_view id) {
    constexpr std::size_t bytes_max = 40;
    std::string text(id.substr(0, bytes_max));
    std::ranges::replace_if(
        text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

PicturePrimaries primaries_of_id(std::string_view id) {
    const auto known = std::ranges::find(linear_spaces, id, &LinearSpace::id);
    if (known != linear_spaces.end()) return known->primaries;
    if (id == "data") {
        refuse_picture("has the colorInteropID data: it holds no colours; give a picture");
    }
    std::string ids;
    for (const LinearSpace& space : linear_spaces) {
        ids += fmt::format("{}{}", ids.empty() ? "" : ", ", space.id);
    }
    refuse_picture(
        fmt::format("has the colorInteropID \"{}\": expected linear pixels ({}); convert it to one "
                    "of these, or correct the attribute",
                    shown_id(id),
                    ids));
}

// Twice the area of the triangle of three points, positive where they turn counter-clockwise.
double turn(const PicturePrimaries& p, std::size_t a, std::size_t b, std::size_t c) {
    const auto x = [&](std::size_t point) { return p[2 * point]; };
    const auto y = [&](std::size_t point) { return p[2 * point + 1]; };
    return (x(b) - x(a)) * (y(c) - y(a)) - (x(c) - x(a)) * (y(b) - y(a));
}

// Whether every colour of a picture is made of these primaries in one way, and white of all three.
bool enclose_white(const PicturePrimaries& primaries) {
    constexpr double coordinate_max = 2;  // imaginary primaries of cameras lie within 1.1
    constexpr double area_min = 1e-3;     // a hundredth of Rec.709's
    for (const double coordinate : primaries) {
        if (!(std::abs(coordinate) <= coordinate_max)) return false;
    }
    const double area = turn(primaries, 0, 1, 2);
    if (std::abs(area) < area_min || primaries[7] <= 0) return false;
    const double sign = area > 0 ? 1 : -1;
    constexpr std::size_t white = 3;
    return sign * turn(primaries, 0, 1, white) > 0 && sign * turn(primaries, 1, 2, white) > 0 &&
           sign * turn(primaries, 2, 0, white) > 0;
}

}  // namespace

bool are_same_primaries(const PicturePrimaries& a, const PicturePrimaries& b) {
    constexpr double tolerance = 1e-4;
    return std::ranges::equal(
        a, b, [](double one, double other) { return std::abs(one - other) < tolerance; });
}

std::optional<PicturePrimaries> exr_primaries(
    std::string_view interop_id, const std::optional<PicturePrimaries>& chromaticities) {
    if (interop_id.empty() && !chromaticities) return {};
    if (interop_id.empty() && !enclose_white(*chromaticities)) {
        refuse_picture(fmt::format(
            "has chromaticities that are no colour space (red {:.4g} {:.4g}, green {:.4g} {:.4g}, "
            "blue {:.4g} {:.4g}, white {:.4g} {:.4g}); write those of its pixels, or remove the "
            "attribute if they are Rec.709",
            (*chromaticities)[0],
            (*chromaticities)[1],
            (*chromaticities)[2],
            (*chromaticities)[3],
            (*chromaticities)[4],
            (*chromaticities)[5],
            (*chromaticities)[6],
            (*chromaticities)[7]));
    }
    const PicturePrimaries primaries =
        interop_id.empty() ? *chromaticities : primaries_of_id(interop_id);
    if (are_same_primaries(primaries, rec709_picture_primaries)) return {};
    return primaries;
}

}  // namespace nightreel
