#pragma once
// Latents to tokens: patches do not overlap, so the convolution of the reference is one product of
// flattened patches. Read-only after loading; any thread.

#include <array>
#include <string>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/transformer/config.h"

namespace nightreel {

class PatchEmbedding {
  public:
    PatchEmbedding() = default;
    PatchEmbedding(const LayerReader& reader,
                   const std::string& name,
                   const WanConfig& config,
                   std::int64_t channels);

    // [b, c, f, h, w], whole patches, to [b, n, d]: frames, then rows, then columns.
    at::Tensor operator()(const at::Tensor& latents_bcfhw) const;

  private:
    std::array<std::int64_t, 3> patch_{};
    Linear linear_;
};

}  // namespace nightreel
