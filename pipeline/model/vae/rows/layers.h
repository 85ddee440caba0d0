#pragma once
// The layers of the decoder on rows of channels: what vae_layers.h computes, a few rows at a time
// from top to bottom, so that memory does not grow with the picture but for what the next latent
// frame needs. Layers are only read after loading. A pass is one latent frame on its way through a
// layer; it is owned by one thread, and layer and history outlive it.
//
// Rows are [t, rows, w, stride]: see stride_of. T is float or c10::BFloat16.

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

// Takes the next rows and gives those that are finished: fewer at the top, more at the bottom.
class RowPass {
  public:
    RowPass() = default;
    RowPass(const RowPass&) = delete;
    RowPass& operator=(const RowPass&) = delete;
    virtual ~RowPass() = default;
    virtual at::Tensor next(const at::Tensor& rows_trws, bool is_last) = 0;
};

// gamma of a ChannelNorm, times the root of the number of channels.
struct RowNorm {
    std::vector<float> gamma;

    RowNorm() = default;
    RowNorm(const LayerReader& reader, const std::string& name, std::int64_t channels);
};

// A causal convolution, after a norm and its activation where there is one. In and Out are types of
// rows; the last two layers of a decoder change from bf16 to float32.
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
