#pragma once
// Transfer curves between display code values and light. Pure; any thread. Negative values are
// mirrored, so that each curve is odd and can be undone everywhere.

#include <array>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

// Which curve turns the code values of a picture into light.
enum class TransferCurve {
    srgb,  // IEC 61966-2-1, piecewise: pictures from the web, and what video models are trained on
    bt1886,  // ITU-R BT.1886 with black at zero: material mastered on a Rec.709 monitor
    bt709,   // inverse of the camera curve of ITU-R BT.709: ungraded camera material
};

template <>
struct EnumWords<TransferCurve> {
    static constexpr auto words = std::to_array<std::pair<TransferCurve, std::string_view>>(
        {{TransferCurve::srgb, "srgb"},
         {TransferCurve::bt1886, "bt1886"},
         {TransferCurve::bt709, "bt709"}});
};

float srgb_to_linear(float code);
float linear_to_srgb(float light);
float bt1886_to_linear(float code);
float linear_to_bt1886(float light);
float bt709_to_linear(float code);
float linear_to_bt709(float light);

float to_linear(TransferCurve curve, float code);
float from_linear(TransferCurve curve, float light);

}  // namespace nightreel
