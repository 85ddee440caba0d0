#include "toybox/detect/actor_mask.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nightreel::toybox {
namespace {

struct HueAndSaturation {
    float hue = 0;  // degrees
    float saturation = 0;
};

float modulo(float value, float period) {
    const float rest = std::fmod(value, period);
    return rest < 0 ? rest + period : rest;
}

HueAndSaturation hue_of(Rgb rgb) {
    const float high = std::max({rgb.red, rgb.green, rgb.blue});
    const float low = std::min({rgb.red, rgb.green, rgb.blue});
    const float range = std::max(high - low, 1e-3F);
    if (high == rgb.red) {
        return {modulo((rgb.green - rgb.blue) / range, 6.0F) * 60, high - low};
    }
    if (high == rgb.green) return {((rgb.blue - rgb.red) / range + 2) * 60, high - low};
    return {((rgb.red - rgb.green) / range + 4) * 60, high - low};
}

std::array<HueAndSaturation, count_of<Colour>> actor_hues() {
    std::array<HueAndSaturation, count_of<Colour>> hues;
    for (std::size_t i = 0; i < hues.size(); ++i) hues[i] = hue_of(rgb_of(static_cast<Colour>(i)));
    return hues;
}

Rgb rgb_at(const Frame& frame, std::size_t pixel) {
    return {static_cast<float>(frame.rgb[pixel * 3]),
            static_cast<float>(frame.rgb[pixel * 3 + 1]),
            static_cast<float>(frame.rgb[pixel * 3 + 2])};
}

bool is_pillar(Rgb rgb) {
    constexpr float distance_most = 38.0F;
    const float red = rgb.red - pillar_colour.red;
    const float green = rgb.green - pillar_colour.green;
    const float blue = rgb.blue - pillar_colour.blue;
    const bool near = red * red + green * green + blue * blue < distance_most * distance_most;
    return near && rgb.red - rgb.blue > 25;
}

}  // namespace

ActorMask actor_mask(const Frame& frame) {
    constexpr float hue_reach = 28.0F;  // degrees
    const auto hues = actor_hues();
    ActorMask mask;
    mask.colour.resize(mask.weight.values.size());
    for (std::size_t pixel = 0; pixel < mask.weight.values.size(); ++pixel) {
        const HueAndSaturation seen = hue_of(rgb_at(frame, pixel));
        std::size_t nearest = 0;
        float least = 360;
        for (std::size_t i = 0; i < hues.size(); ++i) {
            const float away = std::abs(modulo(seen.hue - hues[i].hue + 180, 360) - 180);
            if (away >= least) continue;
            least = away;
            nearest = i;
        }
        mask.colour[pixel] = static_cast<Colour>(nearest);
        if (least >= hue_reach) continue;
        const float share = (seen.saturation / hues[nearest].saturation - 0.3F) / 0.5F;
        mask.weight.values[pixel] = std::clamp(share, 0.0F, 1.0F);
    }
    return mask;
}

std::vector<std::uint8_t> pillar_columns(const Frame& frame) {
    constexpr int from_row = 18;
    constexpr int to_row = 46;
    std::vector<std::uint8_t> columns(frame_width, 0);
    for (int x = 0; x < frame_width; ++x) {
        int rows = 0;
        for (int y = from_row; y < to_row; ++y) {
            rows += is_pillar(rgb_at(frame, static_cast<std::size_t>(y * frame_width + x)));
        }
        columns[static_cast<std::size_t>(x)] = rows > 0.7 * (to_row - from_row);
    }
    return columns;
}

}  // namespace nightreel::toybox
