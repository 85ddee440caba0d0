#include "pipeline/model/vae/tiles.h"

#include <algorithm>

#include <ATen/ATen.h>

namespace nightreel {

namespace {

constexpr std::int64_t rows_axis = -2;
constexpr std::int64_t columns_axis = -1;

std::int64_t steps_over(std::int64_t size, std::int64_t stride) {
    return (size + stride - 1) / stride;
}

// Writes into the first `extent` rows or columns of `tile` their mean with the last ones of
// `before`.
void blend_edge(const at::Tensor& before,
                at::Tensor& tile,
                std::int64_t axis,
                std::int64_t extent) {
    const std::int64_t count = std::min({before.size(axis), tile.size(axis), extent});
    if (count <= 0) return;
    const at::Tensor ramp = at::arange(count, tile.options()) / static_cast<double>(count);
    const at::Tensor weights = axis == rows_axis ? ramp.unsqueeze(1) : ramp;
    at::Tensor edge = tile.narrow(axis, 0, count);
    const at::Tensor other = before.narrow(axis, before.size(axis) - count, count);
    edge.copy_(other * (1 - weights) + edge * weights);
}

at::Tensor cropped(const at::Tensor& x, std::int64_t height, std::int64_t width) {
    return x.narrow(rows_axis, 0, std::min(height, x.size(rows_axis)))
        .narrow(columns_axis, 0, std::min(width, x.size(columns_axis)));
}

}  // namespace

Tiling scaled_down(const Tiling& tiling, std::int64_t unit) {
    return {tiling.height / unit,
            tiling.width / unit,
            tiling.stride_height / unit,
            tiling.stride_width / unit};
}

bool needs_tiles(const Tiling& tiling, std::int64_t height, std::int64_t width) {
    return height > tiling.height || width > tiling.width;
}

at::Tensor tile_of(const at::Tensor& x,
                   const Tiling& tiling,
                   std::int64_t row,
                   std::int64_t column) {
    const std::int64_t top = row * tiling.stride_height;
    const std::int64_t left = column * tiling.stride_width;
    return x.narrow(rows_axis, top, std::min(tiling.height, x.size(rows_axis) - top))
        .narrow(columns_axis, left, std::min(tiling.width, x.size(columns_axis) - left));
}

std::int64_t tile_rows(const Tiling& tiling, std::int64_t height) {
    return steps_over(height, tiling.stride_height);
}

std::int64_t tile_columns(const Tiling& tiling, std::int64_t width) {
    return steps_over(width, tiling.stride_width);
}

at::Tensor joined_tiles(const std::vector<std::vector<at::Tensor>>& tiles,
                        const Tiling& tiling,
                        std::int64_t height,
                        std::int64_t width) {
    std::vector<at::Tensor> above;
    std::vector<at::Tensor> rows;
    for (const std::vector<at::Tensor>& row : tiles) {
        std::vector<at::Tensor> blended;
        std::vector<at::Tensor> parts;
        for (std::size_t column = 0; column < row.size(); ++column) {
            at::Tensor tile = row[column].clone();
            if (!above.empty()) {
                blend_edge(above[column], tile, rows_axis, tiling.height - tiling.stride_height);
            }
            if (column > 0) {
                blend_edge(blended.back(), tile, columns_axis, tiling.width - tiling.stride_width);
            }
            parts.push_back(cropped(tile, tiling.stride_height, tiling.stride_width));
            blended.push_back(std::move(tile));
        }
        rows.push_back(at::cat(parts, columns_axis));
        above = std::move(blended);
    }
    return cropped(at::cat(rows, rows_axis), height, width);
}

}  // namespace nightreel
