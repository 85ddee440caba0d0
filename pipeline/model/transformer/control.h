#pragma once
// The control branch of a VACE transformer: blocks of its own that read control channels beside the
// noisy tokens and give the main blocks hints. Hints are made one at a time, when the main block
// they follow is done, so that one of them is alive at once. Read-only after loading; any thread.
// Source: diffusers, models/transformers/transformer_wan_vace.py.

#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/transformer/blocks.h"
#include "pipeline/model/transformer/patches.h"

namespace nightreel {

// b batch, c control channels, f latent frames, h rows, w columns, n tokens, d width

class WanControl {
  public:
    WanControl(const LayerReader& reader, const WanConfig& config, const BlockStorage& storage);

    std::size_t hints() const { return blocks_.size(); }

    std::vector<CrossKeyValue> cross_key_values(const at::Tensor& text_bld) const;

    // The branch's first tokens; `x_bnd` are the main ones before any block.
    at::Tensor begin(const at::Tensor& control_bcfhw, const at::Tensor& x_bnd) const;

    // Moves the branch's tokens on by one block and gives that block's hint [b, n, d].
    at::Tensor hint(std::size_t index,
                    at::Tensor& control_bnd,
                    const CrossKeyValue& read,
                    const BlockInputs& inputs) const;

  private:
    PatchEmbedding patches_;
    Linear join_;
    WanBlocks blocks_;
    std::vector<Linear> out_;
};

}  // namespace nightreel
