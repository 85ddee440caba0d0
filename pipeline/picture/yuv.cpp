#include "pipeline/picture/yuv.h"

#include <algorithm>
#include <cmath>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr float red_weight = 0.2126F;
constexpr float blue_weight = 0.0722F;
constexpr float green_weight = 1.0F - red_weight - blue_weight;

std::uint8_t byte_of(float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
}

// Colour differences in [-0.5, 0.5] of the columns, summed over two rows.
struct RowPair {
    std::vector<float> blue;
    std::vector<float> red;
};

}  // namespace

Yuv420 to_yuv420(const FrameRgb& display) {
    NIGHTREEL_CHECK(display.width > 0 && display.height > 0, "a frame has pixels");
    Yuv420 out{(display.width + 1) / 2 * 2, (display.height + 1) / 2 * 2, {}, {}, {}};
    const auto width = static_cast<std::size_t>(out.width);
    const auto height = static_cast<std::size_t>(out.height);
    out.luma.resize(width * height);
    out.blue.resize(width * height / 4);
    out.red.resize(width * height / 4);
    RowPair sums{std::vector<float>(width), std::vector<float>(width)};
    for (std::size_t y = 0; y < height; ++y) {
        const std::size_t row = std::min(y, static_cast<std::size_t>(display.height) - 1);
        if (y % 2 == 0) {
            std::fill(sums.blue.begin(), sums.blue.end(), 0.0F);
            std::fill(sums.red.begin(), sums.red.end(), 0.0F);
        }
        for (std::size_t x = 0; x < width; ++x) {
            const std::size_t column = std::min(x, static_cast<std::size_t>(display.width) - 1);
            const float* const rgb =
                &display.rgb[(row * static_cast<std::size_t>(display.width) + column) * 3];
            const float r = std::clamp(rgb[0], 0.0F, 1.0F);
            const float g = std::clamp(rgb[1], 0.0F, 1.0F);
            const float b = std::clamp(rgb[2], 0.0F, 1.0F);
            const float light = red_weight * r + green_weight * g + blue_weight * b;
            out.luma[y * width + x] = byte_of(16.0F + 219.0F * light);
            sums.blue[x] += (b - light) / (2.0F * (1.0F - blue_weight));
            sums.red[x] += (r - light) / (2.0F * (1.0F - red_weight));
        }
        if (y % 2 == 0) continue;
        for (std::size_t x = 0; x < width; x += 2) {
            // Left siting: the sample lies on the even column, between the two rows.
            const std::size_t left = x == 0 ? 0 : x - 1;
            const auto sited = [&](const std::vector<float>& sum) {
                const float average = (sum[left] + 2.0F * sum[x] + sum[x + 1]) / 8.0F;
                return byte_of(128.0F + 224.0F * average);
            };
            const std::size_t place = y / 2 * (width / 2) + x / 2;
            out.blue[place] = sited(sums.blue);
            out.red[place] = sited(sums.red);
        }
    }
    return out;
}

}  // namespace nightreel
