#pragma once
// What a timestep does to the tokens of a transformer: rows of shifts, scales and gates. A clip has
// one timestep, or one for each latent frame, or one for each token; all three are the same
// arithmetic with another index, and the rows are never repeated for every token.

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace nightreel {

// b batch, g groups of neighbouring tokens with one timestep, u different timesteps, d width

struct TimeModulation {
    at::Tensor embedded_ud;    // what the head adds to its table
    at::Tensor projected_u6d;  // what each block adds to its table
    at::Tensor index;          // [b * g]: which of the u a group has
    std::int64_t batch = 0;
    std::int64_t groups = 0;

    // [u, d] to [b, g, 1, d], which broadcasts over the tokens of each group.
    at::Tensor spread(const at::Tensor& rows_ud) const;
};

}  // namespace nightreel
