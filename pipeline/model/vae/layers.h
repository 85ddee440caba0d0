#pragma once
// The layers of the causal video autoencoder. Each looks at its own frames and at what it keeps of
// the frames before, so that a clip of any length goes through piece by piece with the same result.
// Layers are only read after loading; what they keep is handed in, so any thread may use them.

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"

namespace nightreel {

// b batch, c channels, t frames, h rows, w columns

// What one layer keeps of the frames before: [b, c, t, h, w], or rows of channels
// (vae_row_window.h). Nobody writes to a tensor that a copy shares, so a copy is cheap and stands
// for itself.
struct KeptFrames {
    at::Tensor frames;
    std::int64_t count = 0;  // of frames that were seen; 0 before the first
};

// What the layers of one coder keep between pieces of a clip: a value, one slot for each layer that
// looks back.
using FrameHistory = std::vector<KeptFrames>;

// Gives layers their slots while they are made.
struct SlotCounter {
    std::size_t next = 0;

    std::size_t take() { return next++; }
};

// A 3-d convolution that looks at past frames only; before the first frame there are zeros.
class CausalConv {
  public:
    CausalConv() = default;
    CausalConv(const LayerReader& reader,
               const std::string& name,
               std::int64_t out,
               std::int64_t in,
               std::int64_t side,
               SlotCounter& slots);

    at::Tensor operator()(const at::Tensor& x_bcthw, FrameHistory& history) const;

    at::ScalarType type() const { return weight_.scalar_type(); }

  private:
    at::Tensor weight_;
    at::Tensor bias_;
    std::int64_t side_ = 0;  // of the kernel in a frame; it is 3 frames deep
    std::size_t slot_ = 0;
};

// A convolution of single places: one product over the channels.
class PointConv {
  public:
    PointConv() = default;
    // `dimensions`: 2 or 3, of the kernel as it is stored.
    PointConv(const LayerReader& reader,
              const std::string& name,
              std::int64_t out,
              std::int64_t in,
              std::size_t dimensions);

    at::Tensor operator()(const at::Tensor& x_bcthw) const;

  private:
    Linear linear_;
};

// A convolution within each frame.
class FrameConv {
  public:
    FrameConv() = default;
    FrameConv(const LayerReader& reader,
              const std::string& name,
              std::int64_t out,
              std::int64_t in);

    at::Tensor operator()(const at::Tensor& x_bcthw,
                          std::int64_t stride,
                          std::int64_t padding) const;

  private:
    at::Tensor weight_;
    at::Tensor bias_;
};

// Channels are scaled to a root mean square of 1, then by gamma; in float32.
class ChannelNorm {
  public:
    ChannelNorm() = default;
    // `ones`: how many 1s follow the channels in the stored shape.
    ChannelNorm(const LayerReader& reader,
                const std::string& name,
                std::int64_t channels,
                std::size_t ones);

    at::Tensor operator()(const at::Tensor& x_bcthw) const;

  private:
    at::Tensor gamma_;  // times the root of the number of channels
};

class ResidualBlock {
  public:
    ResidualBlock(const LayerReader& reader,
                  const std::string& name,
                  std::int64_t in,
                  std::int64_t out,
                  SlotCounter& slots);

    at::Tensor operator()(const at::Tensor& x_bcthw, FrameHistory& history) const;

  private:
    ChannelNorm norm1_;
    CausalConv conv1_;
    ChannelNorm norm2_;
    CausalConv conv2_;
    PointConv shortcut_;
    bool has_shortcut_ = false;
};

// Attention of one head within each frame.
class FrameAttention {
  public:
    FrameAttention(const LayerReader& reader, const std::string& name, std::int64_t channels);

    at::Tensor operator()(const at::Tensor& x_bcthw) const;

  private:
    ChannelNorm norm_;
    PointConv qkv_;
    PointConv project_;
};

// Two residual blocks with attention between them: the middle of both coders.
class MiddleBlock {
  public:
    MiddleBlock(const LayerReader& reader,
                const std::string& name,
                std::int64_t channels,
                SlotCounter& slots);

    at::Tensor operator()(const at::Tensor& x_bcthw,
                          FrameHistory& history,
                          const std::string& name,
                          const Watch& watch) const;

  private:
    ResidualBlock first_;
    FrameAttention attention_;
    ResidualBlock second_;
};

}  // namespace nightreel
