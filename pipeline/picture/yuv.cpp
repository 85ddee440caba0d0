#include "pipeline/picture/yuv.h"

#include <algorithm>
#include <cmath>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr float red_weight = 0.2126F;
constexpr float blue_weight = 0.0722F;
constexpr float green_weight = 1.0F - red_weight - blue_weight;

// `value` as 8 bits would have it.
std::uint16_t code_of(float value, int bits) {
    const auto scale = static_cast<float>(1 << (bits - 8));
    return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0F, 255.0F) * scale));
}

// Colour differences in [-0.5, 0.5] of the columns, summed over the rows that share them.
struct RowSums {
    std::vector<float> blue;
    std::vector<float> red;
};

}  // namespace

Yuv to_yuv(const FrameRgb& display, YuvForm form) {
    NIGHTREEL_CHECK(display.width > 0 && display.height > 0, "a frame has pixels");
    NIGHTREEL_CHECK(form.bits >= 8 && form.bits <= 16, "codes of 8 to 16 bits");
    NIGHTREEL_CHECK(form.rows_each == 1 || form.rows_each == 2, "chroma of one row or of two");
    const auto rows_each = static_cast<std::size_t>(form.rows_each);
    Yuv out{(display.width + 1) / 2 * 2, (display.height + 1) / 2 * 2, {}, {}, {}};
    const auto width = static_cast<std::size_t>(out.width);
    const auto height = static_cast<std::size_t>(out.height);
    out.luma.resize(width * height);
    out.blue.resize(width / 2 * (height / rows_each));
    out.red.resize(width / 2 * (height / rows_each));
    RowSums sums{std::vector<float>(width), std::vector<float>(width)};
    for (std::size_t y = 0; y < height; ++y) {
        const std::size_t row = std::min(y, static_cast<std::size_t>(display.height) - 1);
        if (y % rows_each == 0) {
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
            out.luma[y * width + x] = code_of(16.0F + 219.0F * light, form.bits);
            sums.blue[x] += (b - light) / (2.0F * (1.0F - blue_weight));
            sums.red[x] += (r - light) / (2.0F * (1.0F - red_weight));
        }
        if (y % rows_each != rows_each - 1) continue;
        for (std::size_t x = 0; x < width; x += 2) {
            // Left siting: the sample lies on the even column; of two rows, between them.
            const std::size_t left = x == 0 ? 0 : x - 1;
            const auto sited = [&](const std::vector<float>& sum) {
                const float average = (sum[left] + 2.0F * sum[x] + sum[x + 1]) /
                                      (4.0F * static_cast<float>(rows_each));
                return code_of(128.0F + 224.0F * average, form.bits);
            };
            const std::size_t place = y / rows_each * (width / 2) + x / 2;
            out.blue[place] = sited(sums.blue);
            out.red[place] = sited(sums.red);
        }
    }
    return out;
}

}  // namespace nightreel
