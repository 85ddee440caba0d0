#pragma once
// The layers of the decoder (vae/layers.h), computed a few rows at a time from top to bottom. Apart
// from the frames kept for the next latent frame, memory does not depend on the picture size.
// Layers are read-only after loading. A pass computes one layer for one latent frame; one thread
// owns it, and layer and history must outlive it.
//
// Rows are [t, rows, w, stride] (see stride_of). T is float or c10::BFloat16.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/vae/rows/causal_conv.h"
#include "pipeline/model/vae/rows/conv.h"
#include "pipeline/model/vae/rows/window.h"

namespace nightreel {

// Takes the next input rows and returns the output rows that are finished. A 3 x 3 convolution lags
// by one row, so the first call returns fewer rows than it took, and the last call more.
class RowPass {
  public:
    RowPass() = default;
    RowPass(const RowPass&) = delete;
    RowPass& operator=(const RowPass&) = delete;
    virtual ~RowPass() = default;
    virtual at::Tensor next(const at::Tensor& rows_trws, bool is_last) = 0;
};

// The gamma of a ChannelNorm, multiplied by sqrt(channels).
struct RowNorm {
    std::vector<float> gamma;

    RowNorm() = default;
    RowNorm(const LayerReader& reader, const std::string& name, std::int64_t channels);
};

// A causal convolution, optionally preceded by a norm with its activation. In and Out are the types
// of input and output rows; the last two layers of a decoder convert from bf16 to float32.
template <class In, class T, class Out>
class RowConv {
  public:
    RowConv(const LayerReader& reader,
            const std::string& name,
            std::int64_t out,
            std::int64_t in,
            SlotCounter& slots);

    void set_norm(RowNorm norm) { norm_ = std::move(norm); }

    const RowNorm& norm() const { return *norm_; }

    std::unique_ptr<RowPass> pass(FrameHistory& history,
                                  const Piece& piece,
                                  std::int64_t rows_at_once) const;

  private:
    class Pass;

    std::optional<RowNorm> norm_;
    CausalRowConv<T> conv_;
    std::size_t slot_ = 0;
};

template <class T>
class RowBlock {
  public:
    RowBlock(const LayerReader& reader,
             const std::string& name,
             std::int64_t in,
             std::int64_t out,
             SlotCounter& slots);

    std::unique_ptr<RowPass> pass(FrameHistory& history,
                                  const Piece& piece,
                                  std::int64_t rows_at_once) const;

  private:
    class Pass;

    RowNorm norm1_;
    CausalRowConv<T> conv1_;
    std::size_t slot1_ = 0;
    RowNorm norm2_;
    CausalRowConv<T> conv2_;
    std::size_t slot2_ = 0;
    std::optional<PackedConv<T>> shortcut_;
};

}  // namespace nightreel
