#include "pipeline/picture/colour/transfer.h"

#include <cmath>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

// BT.709 prints 1.099 and 0.018; these, from BT.2020, make the two pieces meet without a step.
constexpr float bt709_alpha = 1.09929682680944F;
constexpr float bt709_beta = 0.018053968510807F;

template <class Curve>
float mirrored(float value, Curve curve) {
    return value < 0.0F ? -curve(-value) : curve(value);
}

}  // namespace

float srgb_to_linear(float code) {
    return mirrored(code, [](float v) {
        return v <= 0.04045F ? v / 12.92F : std::pow((v + 0.055F) / 1.055F, 2.4F);
    });
}

float linear_to_srgb(float light) {
    return mirrored(light, [](float v) {
        return v <= 0.0031308F ? v * 12.92F : 1.055F * std::pow(v, 1.0F / 2.4F) - 0.055F;
    });
}

float bt1886_to_linear(float code) {
    return mirrored(code, [](float v) { return std::pow(v, 2.4F); });
}

float linear_to_bt1886(float light) {
    return mirrored(light, [](float v) { return std::pow(v, 1.0F / 2.4F); });
}

float bt709_to_linear(float code) {
    return mirrored(code, [](float v) {
        return v < 4.5F * bt709_beta
                   ? v / 4.5F
                   : std::pow((v + bt709_alpha - 1.0F) / bt709_alpha, 1.0F / 0.45F);
    });
}

float linear_to_bt709(float light) {
    return mirrored(light, [](float v) {
        return v < bt709_beta ? v * 4.5F : bt709_alpha * std::pow(v, 0.45F) - (bt709_alpha - 1.0F);
    });
}

float to_linear(TransferCurve curve, float code) {
    switch (curve) {
        case TransferCurve::srgb:
            return srgb_to_linear(code);
        case TransferCurve::bt1886:
            return bt1886_to_linear(code);
        case TransferCurve::bt709:
            return bt709_to_linear(code);
    }
    fail_check(__FILE__, __LINE__, "curve", "a transfer curve");
}

float from_linear(TransferCurve curve, float light) {
    switch (curve) {
        case TransferCurve::srgb:
            return linear_to_srgb(light);
        case TransferCurve::bt1886:
            return linear_to_bt1886(light);
        case TransferCurve::bt709:
            return linear_to_bt709(light);
    }
    fail_check(__FILE__, __LINE__, "curve", "a transfer curve");
}

}  // namespace nightreel
