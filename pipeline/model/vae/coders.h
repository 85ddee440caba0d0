#pragma once
// The two halves of the autoencoder of Wan 2.1 or 2.2, piece by piece: the encoder takes one frame,
// then four at a time; the decoder one latent frame at a time. Pictures are in patches already, or
// still. Read-only after loading; any thread, each with a history of its own.

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vae/config.h"
#include "pipeline/model/vae/layers.h"
#include "pipeline/model/vae/resample.h"

namespace nightreel {

// Residual blocks and what changes the size after them; in an autoencoder of Wan 2.2 a shortcut
// around all of it.
template <class Resample>
struct VaeStage {
    std::vector<ResidualBlock> blocks;
    std::optional<Resample> resample;
    std::int64_t channels = 0;  // of what it returns
    StageFactors factors;
    bool has_shortcut = false;
};

class VaeEncoder {
  public:
    VaeEncoder(const LayerReader& reader, const VaeConfig& config);

    std::size_t slots() const { return slots_; }

    // One frame at first, then four: one latent frame of moments (means, then logarithms of
    // variances), before the last point convolution.
    at::Tensor next(const at::Tensor& video_bcthw, FrameHistory& history, const Watch& watch) const;

  private:
    using Stage = VaeStage<Downsample>;

    Stage read_stage(const LayerReader& reader,
                     const VaeConfig& config,
                     std::size_t index,
                     SlotCounter& slots) const;

    CausalConv conv_in_;
    std::vector<Stage> stages_;
    std::optional<MiddleBlock> middle_;
    ChannelNorm norm_out_;
    CausalConv conv_out_;
    std::size_t slots_ = 0;
};

// What a stage of the decoder is made of, and the names of its layers.
struct DecoderStageShape {
    std::string name;  // "decoder.up_blocks.0"
    std::vector<std::string> blocks;
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::optional<std::string> upsample;
    std::int64_t upsampled = 0;  // channels after it
    bool doubles_time = false;
    bool has_shortcut = false;
};

std::vector<DecoderStageShape> decoder_stages(const VaeConfig& config);

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
    using Stage = VaeStage<Upsample>;

    Stage read_stage(const LayerReader& reader,
                     const DecoderStageShape& shape,
                     SlotCounter& slots) const;

    CausalConv conv_in_;
    std::optional<MiddleBlock> middle_;
    std::vector<Stage> stages_;
    ChannelNorm norm_out_;
    CausalConv conv_out_;
    std::size_t slots_ = 0;
};

}  // namespace nightreel
