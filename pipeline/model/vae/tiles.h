#pragma once
// Large pictures in overlapping tiles, so that memory stays bounded: where tiles lie, and how they
// are joined. Pure; any thread.

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace nightreel {

// In pixels of the picture; multiples of the pixels of a latent cell.
struct Tiling {
    std::int64_t height = 256;
    std::int64_t width = 256;
    std::int64_t stride_height = 192;
    std::int64_t stride_width = 192;
};

// The same in units of `unit` pixels.
Tiling scaled_down(const Tiling& tiling, std::int64_t unit);

// Whether a picture of that size is larger than one tile.
bool needs_tiles(const Tiling& tiling, std::int64_t height, std::int64_t width);

// The part of x [..., h, w] that the tile of a row and column covers; smaller at the right and
// below.
at::Tensor tile_of(const at::Tensor& x,
                   const Tiling& tiling,
                   std::int64_t row,
                   std::int64_t column);

std::int64_t tile_rows(const Tiling& tiling, std::int64_t height);
std::int64_t tile_columns(const Tiling& tiling, std::int64_t width);

// Joins results, row by row: each is blended linearly with the one above and then with the one to
// its left, both as they were after their own blending. All sizes in the results' unit.
at::Tensor joined_tiles(const std::vector<std::vector<at::Tensor>>& tiles,
                        const Tiling& tiling,
                        std::int64_t height,
                        std::int64_t width);

}  // namespace nightreel
