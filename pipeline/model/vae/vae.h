#pragma once
// The autoencoder of Wan 2.1 or 2.2: frames to latents and back, in the streaming order that
// defines its numbers. What decoding keeps between latent frames is a value (DecodeState), so that
// it can stop, be saved, go on elsewhere or be tried twice. Read-only after loading; any thread,
// each with a state of its own.

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/precision.h"
#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/model/vae/coders.h"
#include "pipeline/model/vae/config.h"
#include "pipeline/model/vae/rows/decoder.h"
#include "pipeline/model/vae/tiles.h"
#include "shotspec/base/pulse.h"

namespace nightreel {

// b batch, c channels, t frames, h rows, w columns; z latent channels

// What decoding remembers: how far it is, and the history of each tile's layers.
struct DecodeState {
    std::int64_t latent_frames = 0;
    std::vector<FrameHistory> tiles;  // of each clip of a batch
};

// For saving; the other direction refuses a state of another autoencoder when it is used.
NamedTensors tensors_of(const DecodeState& state);
DecodeState decode_state_of(const NamedTensors& tensors);

// What frames are decoded in: the policy's type, or float32 on a CPU that has rows of it and no
// units for the other.
at::ScalarType decoder_type(const at::Device& device, PrecisionPolicy policy);

class WanVae {
  public:
    // Loads FOLDER/config.json and checks the weights beside it; those of encoder and decoder are
    // read when they are first used, for most tasks need only one of them. The policy is the
    // decoder's; encoding is in float32 always, for it moves what is sampled afterwards. The pulse
    // beats after each latent frame of a tile.
    WanVae(const std::filesystem::path& folder,
           const at::Device& device,
           PrecisionPolicy policy,
           Pulse pulse = {});

    const VaeConfig& config() const { return config_; }

    PrecisionPolicy policy() const { return policy_; }

    // Means and logarithms of variances [b, 2 z, k + 1, h, w] of a clip in [-1, 1], 4 k + 1 frames.
    at::Tensor moments(const at::Tensor& video_bcthw,
                       const std::optional<Tiling>& tiling = {},
                       const Watch& watch = {}) const;

    // The normalised mean of the moments: what a transformer works on.
    at::Tensor encode(const at::Tensor& video_bcthw) const;

    at::Tensor normalised(const at::Tensor& latents_bzthw) const;
    at::Tensor denormalised(const at::Tensor& latents_bzthw) const;

    // The next latent frame of a clip, denormalised: its frames in [-1, 1], one for the first of a
    // clip and frames_per_latent for the others. float32.
    at::Tensor decode_next(const at::Tensor& latent_bzthw,
                           DecodeState& state,
                           const std::optional<Tiling>& tiling = {},
                           const Watch& watch = {}) const;

    // All frames of a clip. Less is kept of the end than decode_next has to keep.
    at::Tensor decode(const at::Tensor& latents_bzthw,
                      const std::optional<Tiling>& tiling = {},
                      const Watch& watch = {}) const;

  private:
    struct DecodeCall {
        const std::optional<Tiling>& tiling;
        const Watch& watch;
        bool is_followed = true;
    };

    at::Tensor decode_piece(const at::Tensor& latent_bzthw,
                            DecodeState& state,
                            const DecodeCall& call) const;
    at::Tensor decode_tile(const at::Tensor& latent_bzthw,
                           FrameHistory& history,
                           bool is_first,
                           const DecodeCall& call) const;

    struct Decoder {
        std::unique_ptr<VaeRowDecoder> rows;  // where this processor has what it needs
        std::optional<VaeDecoder> plain;      // else

        std::size_t slots() const { return rows ? rows->slots() : plain->slots(); }
    };

    // Either half, once it was read.
    struct Halves {
        std::once_flag encoder_once;
        std::optional<VaeEncoder> encoder;
        std::once_flag decoder_once;
        Decoder decoder;
    };

    Decoder read_decoder(Weights& weights) const;
    const VaeEncoder& encoder() const;
    const Decoder& decoder() const;

    at::Tensor encode_tile(const at::Tensor& cells_bcthw, const Watch& watch) const;
    at::Tensor per_channel(const std::vector<double>& values) const;

    VaeConfig config_;
    at::Device device_;
    PrecisionPolicy policy_;
    Pulse pulse_;
    Weights weights_;
    PointConv to_moments_;
    PointConv from_latents_;
    std::unique_ptr<Halves> halves_ = std::make_unique<Halves>();
};

}  // namespace nightreel
