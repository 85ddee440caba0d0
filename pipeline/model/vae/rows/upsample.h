#pragma once
// Upsampling of the decoder (vae/resample.h) on rows of channels (rows/layers.h): doubles frames,
// rows and columns. Read-only after loading; any thread, each with a pass of its own.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/model/vae/resample.h"
#include "pipeline/model/vae/rows/layers.h"

namespace nightreel {

// Nearest-neighbour doubling followed by a 3 x 3 convolution. Each source pixel becomes 2 x 2
// output pixels, and the 3 x 3 kernel of each output pixel covers only 2 x 2 different source
// pixels. So this computes four 2 x 2 convolutions on the source, one for each output pixel of the
// 2 x 2, whose weights are sums of kernel weights: 4 products per output pixel instead of 9.
template <class T>
class RowUpsample {
  public:
    RowUpsample(const LayerReader& reader,
                const std::string& name,
                UpsampleChannels channels,
                bool doubles_time,
                SlotCounter& slots);
    // Enables the shortcut of Wan 2.2, which adds the repeated channels of the input of the stage.
    // `in`: its number of channels.
    void set_shortcut(std::int64_t in);

    bool doubles_time() const { return doubles_time_; }

    // `before`: rows of the input of the stage, for the shortcut; rows that were used are dropped.
    // Null without a shortcut.
    std::unique_ptr<RowPass> pass(FrameHistory& history,
                                  const Piece& piece,
                                  std::int64_t rows_at_once,
                                  RowWindow<T>* before) const;

  private:
    class Pass;

    UpsampleChannels channels_;
    bool doubles_time_ = false;
    std::array<PackedConv<T>, 4> corners_;
    std::array<PackedConv<T>, 2> halves_;  // time convolution: weights for even and for odd frames
    std::size_t slot_ = 0;
    std::vector<std::vector<std::int64_t>>
        repeated_;  // for each position of a cell: source channels
};

}  // namespace nightreel
