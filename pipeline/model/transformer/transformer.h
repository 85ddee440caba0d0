#pragma once
// The transformer of the Wan family: predicts the velocity from noisy latents, timesteps, encoded
// text and the other conditions of a clip. The configuration of the folder decides the variant:
// text to video, pictures to video, with a control branch (VACE), diffusion forcing (SkyReels-V2).
// Read-only after loading, except for its LoRAs; any thread, each with tensors of its own.

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/lora.h"
#include "pipeline/model/tensor/precision.h"
#include "pipeline/model/transformer/blocks.h"
#include "pipeline/model/transformer/config.h"
#include "pipeline/model/transformer/control.h"
#include "pipeline/model/transformer/patches.h"
#include "pipeline/model/transformer/pictures.h"
#include "pipeline/model/transformer/rope.h"
#include "pipeline/model/transformer/step_cache.h"
#include "pipeline/model/transformer/time.h"

namespace nightreel {

// b batch, c channels, f latent frames, h rows, w columns, l rows of text, t width of a text row,
// p picture tokens, i width of a picture token

// Cross-attention keys and values of every block for a batch of prompts and pictures: computed
// once, used in every step.
struct TextContext {
    std::vector<CrossKeyValue> blocks;
    std::vector<CrossKeyValue> control;  // for the control branch
    at::Tensor logit_bias;               // undefined if all attention keys have weight 1
};

// The conditions of a clip besides noise, time and text. Fields that the model does not use must be
// empty; fields that it uses must be set.
struct WanConditions {
    // Concatenated to the noisy channels: a mask and the latents of given pictures.
    at::Tensor channels_bcfhw;
    at::Tensor control_bcfhw;            // VACE: as many frames as the latents
    std::vector<double> control_scales;  // scale per hint; empty: 1 for all
    std::optional<double> rate;          // frames per second, for models that use it
    // Latent frames per causal block; default: from the configuration.
    std::optional<std::int64_t> frames_per_block;
};

class WanTransformer {
  public:
    // Loads FOLDER/config.json and the weights next to it. Default policy: chosen for the device.
    // Streamed blocks need less memory and give the same bytes. The pulse beats after each block,
    // while weights are read and in a pass.
    WanTransformer(const std::filesystem::path& folder,
                   const at::Device& device,
                   std::optional<PrecisionPolicy> policy = {},
                   Residency residency = Residency::resident,
                   const Pulse& pulse = {});

    const WanConfig& config() const { return config_; }

    PrecisionPolicy policy() const { return policy_; }

    // What eight bits changed of the weights that are in them: a root mean square, relative to
    // theirs.
    double eight_bit_error() const;

    at::Device device() const { return device_; }

    // In the place of those before; none: the bare base. Texts that were prepared before belong to
    // the old ones. Not while another thread is in here.
    void set_loras(std::span<const WeightedLora> loras) {
        nightreel::set_loras(*slots_, loras, lora_places_, folder_);
    }

    // Where LoRAs reach, one for each of the places that the headers of the weights tell.
    const LoraSlots& lora_slots() const { return *slots_; }

    const LoraPlaces& lora_places() const { return lora_places_; }

    // Rows after a prompt's end must be zeros: the model attends to them as it was trained to.
    // `pictures_bpi`: what a vision tower read; undefined for none.
    TextContext prepare_text(const at::Tensor& text_blt,
                             const at::Tensor& pictures_bpi = {},
                             const Watch& watch = {}) const;

    // Timesteps: [b], [b, f] or [b, tokens] of 0 to 1000. The batch of `text` is the batch of the
    // latents. The result is float32. One that is not finite is Error{bad_input} and names the
    // weight to blame; on a GPU, where asking would wait for the device, refuse_unless_finite does
    // that when all is asked for. With a cache, the blocks run or not as it says.
    at::Tensor forward(const at::Tensor& latents_bcfhw,
                       const at::Tensor& timesteps,
                       const TextContext& text,
                       const WanConditions& conditions = {},
                       const Watch& watch = {},
                       StepCache* cache = nullptr) const;

    // `sum` is that of all numbers of answers, in float64.
    void refuse_unless_finite(const at::Tensor& sum) const;

  private:
    TokenGrid grid_of(const at::Tensor& latents_bcfhw) const;
    at::Tensor with_channels(const at::Tensor& latents_bcfhw,
                             const WanConditions& conditions) const;
    void check_conditions(const at::Tensor& latents_bcfhw,
                          const TextContext& text,
                          const WanConditions& conditions) const;
    void run_blocks(at::Tensor& x_bnd,
                    const TextContext& text,
                    const WanConditions& conditions,
                    const BlockInputs& inputs) const;
    at::Tensor head(const at::Tensor& x_bnd,
                    const TimeModulation& time,
                    const TokenGrid& grid,
                    const Watch& watch) const;

    std::filesystem::path folder_;
    WanConfig config_;
    at::Device device_;
    PrecisionPolicy policy_;
    std::unique_ptr<LoraSlots> slots_;  // at one address for good
    LoraPlaces lora_places_;
    PatchEmbedding patch_embedding_;
    Linear text_first_;
    Linear text_second_;
    std::optional<WanTimeEmbedder> time_;
    std::optional<WanPictureEmbedder> pictures_;
    std::optional<WanControl> control_;
    WanBlocks blocks_;
    Parameter head_table_12d_;  // shift, 1 + scale
    Linear head_out_;
    mutable RotationCache rotations_;
};

}  // namespace nightreel
