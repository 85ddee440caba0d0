#pragma once
// The text-to-video transformer of the Wan family: noisy latents, timesteps and encoded text in,
// the predicted velocity out. Read-only after loading; any thread, each with tensors of its own.

#include <filesystem>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/precision.h"
#include "pipeline/model/wan_block.h"
#include "pipeline/model/wan_config.h"
#include "pipeline/model/wan_rope.h"
#include "pipeline/model/wan_time.h"

namespace nightreel {

// b batch, c channels, f latent frames, h rows, w columns, l rows of text, t width of the text

// What every block will read of a batch of prompts: made once, reused at each step.
struct TextContext {
    std::vector<KeyValue> blocks;
    at::Tensor logit_bias;  // undefined when each key counts once
};

class WanTransformer {
  public:
    // Loads FOLDER/config.json and the weights beside it. Without a policy, one is chosen for the
    // device.
    WanTransformer(const std::filesystem::path& folder,
                   const at::Device& device,
                   std::optional<PrecisionPolicy> policy = {});

    const WanConfig& config() const { return config_; }

    PrecisionPolicy policy() const { return policy_; }

    at::Device device() const { return device_; }

    // Rows after a prompt's end must be zeros: the model attends to them as it was trained to.
    TextContext prepare_text(const at::Tensor& text_blt, const Watch& watch = {}) const;

    // Timesteps: [b], [b, f] or [b, tokens] of 0 to 1000. The batch of `text` is the batch of the
    // latents. The result is float32. One that is not finite is Error{bad_input} and names the
    // weight to blame.
    at::Tensor forward(const at::Tensor& latents_bcfhw,
                       const at::Tensor& timesteps,
                       const TextContext& text,
                       const Watch& watch = {}) const;

  private:
    TokenGrid grid_of(const at::Tensor& latents_bcfhw) const;
    at::Tensor embed_patches(const at::Tensor& latents_bcfhw, const TokenGrid& grid) const;
    at::Tensor head(const at::Tensor& x_bnd,
                    const TimeModulation& time,
                    const TokenGrid& grid,
                    const Watch& watch) const;
    [[noreturn]] void refuse_not_finite() const;

    std::filesystem::path folder_;
    WanConfig config_;
    at::Device device_;
    PrecisionPolicy policy_;
    Linear patch_embedding_;
    Linear text_first_;
    Linear text_second_;
    std::optional<WanTimeEmbedder> time_;
    std::vector<WanBlock> blocks_;
    at::Tensor head_table_12d_;  // shift, 1 + scale
    Linear head_out_;
    mutable RotationCache rotations_;
};

}  // namespace nightreel
