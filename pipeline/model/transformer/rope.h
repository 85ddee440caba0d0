#pragma once
// Rotary positions of a Wan transformer: each head's pairs are split between frame, row and column.
// The tables of the last few grids are kept; any thread.

#include <array>
#include <cstdint>
#include <map>
#include <mutex>

#include <ATen/core/Tensor.h>

#include "pipeline/model/transformer/config.h"

namespace nightreel {

struct TokenGrid {
    std::int64_t frames = 0;
    std::int64_t rows = 0;
    std::int64_t columns = 0;

    std::int64_t tokens_per_frame() const { return rows * columns; }

    std::int64_t tokens() const { return frames * rows * columns; }

    friend auto operator<=>(const TokenGrid&, const TokenGrid&) = default;
};

// Complex [tokens, head_size / 2]: a pair times its entry is the pair rotated. Angles in float64.
at::Tensor rotations_of(const TokenGrid& grid, std::int64_t head_size);

class RotationCache {
  public:
    at::Tensor get(const TokenGrid& grid, std::int64_t head_size, at::Device device);

  private:
    std::mutex mutex_;
    std::map<TokenGrid, at::Tensor> tables_;
};

}  // namespace nightreel
