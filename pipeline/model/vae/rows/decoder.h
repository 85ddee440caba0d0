#pragma once
// The decoder of vae_coders.h on a CPU: the same numbers but for rounding, from rows that pass
// through all stages a few at a time, faster and in a fraction of the memory. Read-only after
// loading; any thread, each with a history of its own.

#include <memory>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vae/config.h"
#include "pipeline/model/vae/layers.h"

namespace nightreel {

class VaeRowDecoder {
  public:
    virtual ~VaeRowDecoder() = default;

    virtual std::size_t slots() const = 0;

    struct Step {
        bool is_first = false;    // latent frame of a clip
        bool is_followed = true;  // else the history is given back
    };

    // One latent frame [1, z, 1, h, w], float32: one frame when it is the first of a clip, else
    // four; [1, c, t, h, w], float32. Not clamped.
    virtual at::Tensor next(const at::Tensor& latent_bcthw,
                            FrameHistory& history,
                            const Step& step,
                            const Watch& watch) const = 0;
};

// Computes in the type of `reader` (row_products() knows some for it) with the last layers in
// float32, which `exact` reads.
std::unique_ptr<VaeRowDecoder> make_row_decoder(const LayerReader& reader,
                                                const LayerReader& exact,
                                                const VaeConfig& config);

}  // namespace nightreel
