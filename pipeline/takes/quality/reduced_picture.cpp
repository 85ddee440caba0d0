#include "pipeline/takes/quality/reduced_picture.h"

#include <algorithm>
#include <cmath>

namespace nightreel {

std::vector<std::uint8_t> codes_of(const FrameRgb& display, bool& finite) {
    std::vector<std::uint8_t> codes(display.rgb.size());
    finite = true;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const float value = display.rgb[i];
        const bool good = std::isfinite(value);
        finite = finite && good;
        codes[i] = good ? static_cast<std::uint8_t>(std::clamp(value, 0.0F, 1.0F) * 255.0F + 0.5F)
                        : std::uint8_t{0};
    }
    return codes;
}

ReducedPicture reduced(const std::vector<std::uint8_t>& codes, int width, int height) {
    const int longer = std::max(width, height);
    const int factor = (longer + reduced_side_max - 1) / reduced_side_max;
    ReducedPicture picture{std::max(1, width / factor), std::max(1, height / factor), {}};
    const auto row_values = static_cast<std::size_t>(picture.width) * 3;
    picture.rgb.assign(row_values * static_cast<std::size_t>(picture.height), 0.0F);
    for (int y = 0; y < picture.height * factor && y < height; ++y) {
        const std::uint8_t* from =
            &codes[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3];
        float* to = &picture.rgb[static_cast<std::size_t>(y / factor) * row_values];
        for (int x = 0; x < picture.width; ++x, to += 3) {
            for (int k = 0; k < factor && x * factor + k < width; ++k, from += 3) {
                for (int c = 0; c < 3; ++c) to[c] += static_cast<float>(from[c]);
            }
        }
    }
    const auto area = static_cast<float>(std::min(factor, width) * std::min(factor, height));
    for (float& value : picture.rgb) value /= area;
    return picture;
}

Tiles tiles_of(const ReducedPicture& picture) {
    Tiles tiles{};
    for (std::size_t tile = 0; tile < tile_count; ++tile) {
        const int column = static_cast<int>(tile) % tile_columns;
        const int row = static_cast<int>(tile) / tile_columns;
        // Of a picture with fewer pixels than tiles, one pixel serves several.
        const int left = column * picture.width / tile_columns;
        const int right = std::max(left + 1, (column + 1) * picture.width / tile_columns);
        const int top = row * picture.height / tile_rows;
        const int bottom = std::max(top + 1, (row + 1) * picture.height / tile_rows);
        for (int y = top; y < bottom; ++y) {
            for (int x = left; x < right; ++x) {
                const float* rgb = picture.at(x, y);
                for (std::size_t c = 0; c < 3; ++c) tiles[tile][c] += rgb[c];
            }
        }
        const auto count = static_cast<float>((right - left) * (bottom - top));
        for (float& value : tiles[tile]) value /= count;
    }
    return tiles;
}

}  // namespace nightreel
