#pragma once
// What vae_resample.h computes in the decoder, on rows of channels (vae_row_layers.h): frames, rows
// and columns doubled. Only read after loading; any thread, each with a pass of its own.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/model/vae/resample.h"
#include "pipeline/model/vae/rows/layers.h"

namespace nightreel {

// Rows and columns are doubled by four small convolutions, one for each corner of a place: the
// kernel's weights that meet the same place are added up once, which leaves 4 of 9 products.
template <class T>
class RowUpsample {
  public:
    RowUpsample(const LayerReader& reader,
                const std::string& name,
                UpsampleChannels channels,
                bool doubles_time,
                SlotCounter& slots);
    // Adds the repeated channels of `in` before the stage (Wan 2.2).
    void set_shortcut(std::int64_t in);

    bool doubles_time() const { return doubles_time_; }

    // `before`: rows of what the stage began with, when there is a shortcut; rows that were used
    // are dropped.
    std::unique_ptr<RowPass> pass(FrameHistory& history,
                                  const Piece& piece,
                                  std::int64_t rows_at_once,
                                  RowWindow<T>* before) const;

  private:
    class Pass;

    UpsampleChannels channels_;
    bool doubles_time_ = false;
    std::array<PackedConv<T>, 4> corners_;
    std::array<PackedConv<T>, 2> halves_;  // of the time convolution: even frames, odd frames
    std::size_t slot_ = 0;
    std::vector<std::vector<std::int64_t>> repeated_;  // for each place of a cell, sources
};

}  // namespace nightreel
