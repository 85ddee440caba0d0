#pragma once
// What a timestep does to a Wan transformer: six rows of shifts, scales and gates in each block,
// two in the head. A clip has one timestep, or one for each latent frame, or one for each token;
// all three are the same arithmetic with another index, and the rows are never repeated for every
// token.

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/tensor/time_modulation.h"
#include "pipeline/model/transformer/config.h"

namespace nightreel {

class WanTimeEmbedder {
  public:
    WanTimeEmbedder(const LayerReader& reader, const WanConfig& config);

    // Timesteps [b], [b, frames] or [b, tokens], 0 to 1000, fractions included. They are read on
    // the host: those of a GPU are waited for. `rate`: frames a
    // second, for a model that is told it and for no other.
    TimeModulation operator()(const at::Tensor& timesteps,
                              std::int64_t frames,
                              std::int64_t tokens_per_frame,
                              std::optional<double> rate,
                              const Watch& watch) const;

  private:
    // [1, 6, d]
    at::Tensor rate_rows(double rate) const;

    Linear first_;
    Linear second_;
    Linear project_;
    std::int64_t sinusoid_;
    at::ScalarType angles_;    // what the sinusoid's angles are computed in
    Parameter rate_table_2d_;  // undefined for a model that is told no rate
    Linear rate_first_;
    Linear rate_second_;
};

}  // namespace nightreel
