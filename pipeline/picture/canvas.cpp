#include "pipeline/picture/canvas.h"

#include <algorithm>
#include <cmath>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

std::size_t offset_of(const FrameRgb& picture, int x, int y) {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) +
            static_cast<std::size_t>(x)) *
           3;
}

}  // namespace

FrameRgb filled(int width, int height, Colour colour) {
    NIGHTREEL_CHECK(width > 0 && height > 0, "a picture has pixels");
    FrameRgb picture{width, height, {}};
    const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    picture.rgb.resize(pixels * 3);
    for (std::size_t i = 0; i < picture.rgb.size(); ++i) picture.rgb[i] = colour[i % 3];
    return picture;
}

FrameRgb enlarged(const FrameRgb& picture, int factor) {
    NIGHTREEL_CHECK(factor >= 1, "a picture grows by a whole factor");
    if (factor == 1) return picture;
    FrameRgb large{picture.width * factor, picture.height * factor, {}};
    large.rgb.reserve(picture.rgb.size() * static_cast<std::size_t>(factor * factor));
    for (int y = 0; y < large.height; ++y) {
        for (int x = 0; x < large.width; ++x) {
            const float* const pixel = &picture.rgb[offset_of(picture, x / factor, y / factor)];
            large.rgb.insert(large.rgb.end(), pixel, pixel + 3);
        }
    }
    return large;
}

FrameRgb shrunk(const FrameRgb& picture, int width, int height) {
    NIGHTREEL_CHECK(width > 0 && width <= picture.width, "the width shrinks");
    NIGHTREEL_CHECK(height > 0 && height <= picture.height, "the height shrinks");
    if (width == picture.width && height == picture.height) return picture;
    FrameRgb small = filled(width, height, {0, 0, 0});
    const auto from = [](int i, int full, int part) {
        return static_cast<int>(std::int64_t{i} * full / part);
    };
    for (int y = 0; y < height; ++y) {
        const int top = from(y, picture.height, height);
        const int bottom = std::max(top + 1, from(y + 1, picture.height, height));
        for (int x = 0; x < width; ++x) {
            const int left = from(x, picture.width, width);
            const int right = std::max(left + 1, from(x + 1, picture.width, width));
            const float share = 1.0F / static_cast<float>((bottom - top) * (right - left));
            float* const target = &small.rgb[offset_of(small, x, y)];
            for (int row = top; row < bottom; ++row) {
                const float* source = &picture.rgb[offset_of(picture, left, row)];
                for (int column = left; column < right; ++column, source += 3) {
                    for (int c = 0; c < 3; ++c) target[c] += source[c] * share;
                }
            }
        }
    }
    return small;
}

FrameRgb fitted(const FrameRgb& picture, int width, int height) {
    const int factor = std::min(width / picture.width, height / picture.height);
    if (factor >= 1) return enlarged(picture, factor);
    const double scale = std::min(static_cast<double>(width) / picture.width,
                                  static_cast<double>(height) / picture.height);
    const auto side = [scale](int full) {
        return std::max(1, static_cast<int>(std::lround(scale * full)));
    };
    return shrunk(picture, side(picture.width), side(picture.height));
}

void paste(FrameRgb& canvas, const FrameRgb& picture, int x, int y) {
    const int left = std::max(0, -x);
    const int right = std::min(picture.width, canvas.width - x);
    if (left >= right) return;
    for (int row = std::max(0, -y); row < std::min(picture.height, canvas.height - y); ++row) {
        const float* const source = &picture.rgb[offset_of(picture, left, row)];
        std::copy_n(source,
                    static_cast<std::size_t>(right - left) * 3,
                    &canvas.rgb[offset_of(canvas, x + left, y + row)]);
    }
}

void shade(FrameRgb& canvas, Box box, Colour colour, float opacity) {
    for (int y = std::max(0, box.y); y < std::min(canvas.height, box.y + box.height); ++y) {
        for (int x = std::max(0, box.x); x < std::min(canvas.width, box.x + box.width); ++x) {
            float* const pixel = &canvas.rgb[offset_of(canvas, x, y)];
            for (std::size_t c = 0; c < 3; ++c) pixel[c] += (colour[c] - pixel[c]) * opacity;
        }
    }
}

}  // namespace nightreel
