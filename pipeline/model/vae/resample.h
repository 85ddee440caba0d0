#pragma once
// How the autoencoders change the size of what they work on: convolutions that halve or double
// sides and frames, the shortcuts of Wan 2.2 that do the same without weights, and its patches.
// Shapes are [b, c, t, h, w]. Layers are only read after loading; what they keep is handed in, so
// any thread may use them.

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vae/layers.h"

namespace nightreel {

// Cells of side x side pixels become channels: channel (c side + column) side + row.
at::Tensor patches_of(const at::Tensor& pictures_bcthw, std::int64_t side);
at::Tensor pictures_of(const at::Tensor& patches_bcthw, std::int64_t side);

// How much smaller or larger a stage makes frames and sides.
struct StageFactors {
    std::int64_t time = 1;
    std::int64_t side = 1;
};

// Cells of time x side x side values become channels, and neighbouring channels their mean, so
// that `channels` are left. Frames that do not fill a cell have zeros before them.
at::Tensor averaged_cells(const at::Tensor& x_bcthw, std::int64_t channels, StageFactors factors);

// The opposite: channels, each repeated as often as it takes, become cells. Of the first frame of a
// clip only the last frame of its cell is kept.
at::Tensor repeated_cells(const at::Tensor& x_bcthw,
                          std::int64_t channels,
                          StageFactors factors,
                          bool is_first);

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

// The channels of an Upsample.
struct UpsampleChannels {
    std::int64_t in = 0;
    std::int64_t out = 0;
};

// Doubles rows and columns; doubles the frames too where it has a time convolution, but not the
// very first one.
class Upsample {
  public:
    Upsample(const LayerReader& reader,
             const std::string& name,
             UpsampleChannels channels,
             bool doubles_time,
             SlotCounter& slots);

    at::Tensor operator()(const at::Tensor& x_bcthw, FrameHistory& history, bool is_first) const;

  private:
    FrameConv conv_;
    bool doubles_time_ = false;
    CausalConv time_conv_;
};

}  // namespace nightreel
