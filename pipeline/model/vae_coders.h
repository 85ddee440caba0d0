#pragma once
// The two halves of the Wan 2.1 autoencoder, piece by piece: the encoder takes one frame, then four
// at a time; the decoder one latent frame at a time. Read-only after loading; any thread, each with
// a history of its own.

#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vae_config.h"
#include "pipeline/model/vae_layers.h"

namespace nightreel {

// Halves rows and columns, and frames too where it has a time convolution.
class Downsample {
  public:
    Downsample(const LayerReader& reader,
               const std::string& name,
               std::int64_t channels,
               bool halves_time,
               SlotCounter& slots);

    at::Tensor operator()(const at::Tensor& x_bcthw, FrameHistory& history) const;

  private:
    FrameConv conv_;
    bool halves_time_ = false;
    at::Tensor time_weight_;
    at::Tensor time_bias_;
    std::size_t slot_ = 0;
};

// Doubles rows and columns, halves channels; doubles the frames too where it has a time
// convolution, but not the very first one.
class Upsample {
  public:
    Upsample(const LayerReader& reader,
             const std::string& name,
             std::int64_t channels,
             bool doubles_time,
             SlotCounter& slots);

    at::Tensor operator()(const at::Tensor& x_bcthw, FrameHistory& history, bool is_first) const;

  private:
    FrameConv conv_;
    bool doubles_time_ = false;
    CausalConv time_conv_;
};

class VaeEncoder {
  public:
    VaeEncoder(const LayerReader& reader, const VaeConfig& config);

    std::size_t slots() const { return slots_; }

    // One frame at first, then four: one latent frame of moments (means, then logarithms of
    // variances), before the last point convolution.
    at::Tensor next(const at::Tensor& video_bcthw, FrameHistory& history, const Watch& watch) const;

  private:
    CausalConv conv_in_;
    std::vector<std::variant<ResidualBlock, Downsample>> stages_;
    std::optional<MiddleBlock> middle_;
    ChannelNorm norm_out_;
    CausalConv conv_out_;
    std::size_t slots_ = 0;
};

class VaeDecoder {
  public:
    // `exact` reads the last layers, which stay in float32.
    VaeDecoder(const LayerReader& reader, const LayerReader& exact, const VaeConfig& config);

    std::size_t slots() const { return slots_; }

    // One latent frame: one frame when it is the first of a clip, else four. Not clamped.
    at::Tensor next(const at::Tensor& latent_bcthw,
                    FrameHistory& history,
                    bool is_first,
                    const Watch& watch) const;

  private:
    struct Stage {
        std::vector<ResidualBlock> blocks;
        std::optional<Upsample> upsample;
    };

    Stage read_stage(const LayerReader& reader,
                     const VaeConfig& config,
                     std::size_t index,
                     SlotCounter& slots) const;

    CausalConv conv_in_;
    std::optional<MiddleBlock> middle_;
    std::vector<Stage> stages_;
    ChannelNorm norm_out_;
    CausalConv conv_out_;
    std::size_t slots_ = 0;
};

}  // namespace nightreel
