#include "pipeline/picture/colour/working_space.h"

#include <span>
#include <utility>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

using Matrix3f = std::array<std::array<float, 3>, 3>;

Matrix3f single(const Matrix3& matrix) {
    Matrix3f result{};
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            result[row][column] = static_cast<float>(matrix[row][column]);
        }
    }
    return result;
}

void multiply(const Matrix3f& m, std::span<float> rgb) {
    for (std::size_t i = 0; i + 2 < rgb.size(); i += 3) {
        const float r = rgb[i];
        const float g = rgb[i + 1];
        const float b = rgb[i + 2];
        for (std::size_t row = 0; row < 3; ++row) {
            rgb[i + row] = m[row][0] * r + m[row][1] * g + m[row][2] * b;
        }
    }
}

}  // namespace

const Chromaticities& chromaticities_of(WorkingSpace space) {
    switch (space) {
        case WorkingSpace::rec709:
            return rec709_primaries;
        case WorkingSpace::acescg:
            return ap1_primaries;
        case WorkingSpace::aces2065_1:
            return ap0_primaries;
    }
    fail_check(__FILE__, __LINE__, "space", "a working space");
}

std::string_view interop_id_of(WorkingSpace space) {
    switch (space) {
        case WorkingSpace::rec709:
            return "lin_rec709_scene";
        case WorkingSpace::acescg:
            return "lin_ap1_scene";
        case WorkingSpace::aces2065_1:
            return "lin_ap0_scene";
    }
    fail_check(__FILE__, __LINE__, "space", "a working space");
}

FrameRgb display_to_scene(FrameRgb display, TransferCurve curve, WorkingSpace space) {
    for (float& value : display.rgb) value = to_linear(curve, value);
    if (space == WorkingSpace::rec709) return display;  // not even rounding by a unit matrix
    multiply(single(rgb_to_rgb(rec709_primaries, chromaticities_of(space))), display.rgb);
    return display;
}

FrameRgb scene_to_scene(FrameRgb scene, WorkingSpace from, WorkingSpace to) {
    if (from == to) return scene;
    multiply(single(rgb_to_rgb(chromaticities_of(from), chromaticities_of(to))), scene.rgb);
    return scene;
}

FrameRgb scene_to_display(FrameRgb scene, TransferCurve curve, WorkingSpace space) {
    if (space != WorkingSpace::rec709) {
        return scene_to_display(std::move(scene), curve, chromaticities_of(space));
    }
    for (float& value : scene.rgb) value = from_linear(curve, value);
    return scene;
}

FrameRgb scene_to_display(FrameRgb scene, TransferCurve curve, const Chromaticities& primaries) {
    multiply(single(rgb_to_rgb(primaries, rec709_primaries)), scene.rgb);
    for (float& value : scene.rgb) value = from_linear(curve, value);
    return scene;
}

}  // namespace nightreel
