#pragma once
// The 3 x 3 x 3 causal convolution of the decoder on rows: tap by tap, or, where multiplying is
// what takes the time, in pairs of neighbouring places, which take 4 products of matrices instead
// of 6. Source of the pairs: Winograd's F(2, 3) along a row, as Lavin and Gray use it ("Fast
// Algorithms for Convolutional Neural Networks", arXiv 1509.09308). Only read after loading; any
// thread. T is float or c10::BFloat16.

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/vae/rows/conv.h"
#include "pipeline/model/vae/rows/window.h"

namespace nightreel {

// Of the autoencoder's kernels: three frames back, three places in each direction of a frame.
inline constexpr std::int64_t kernel_frames = 3;
inline constexpr std::int64_t kernel_side = 3;

enum class Pairing { no, where_faster };

template <class T>
class CausalRowConv {
  public:
    CausalRowConv() = default;
    CausalRowConv(const LayerReader& reader,
                  const std::string& name,
                  std::int64_t out,
                  std::int64_t in,
                  Pairing pairing);
    // `kernel_oithw` in float32, whatever T is.
    CausalRowConv(const at::Tensor& kernel_oithw,
                  const at::Tensor& bias,
                  bool in_pairs,
                  RowProducts products = row_products(c10::CppTypeToScalarType<T>::value));

    std::int64_t in() const { return taps_.in(); }

    std::int64_t out() const { return taps_.out(); }

    // What for_each_part() has to give a part, in values at each place: sums first.
    std::int64_t scratch_channels() const;

    // For a sum of two convolutions, which begin() once.
    void add_to_bias(const at::Tensor& bias) { taps_.add_to_bias(bias); }

    // scratch [places, out] = bias
    void begin(std::int64_t places, float* scratch) const { taps_.begin(places, scratch); }

    // scratch += the convolution at the places of `part`
    void add(const CausalRows<T>& in, const RowPart& part, float* scratch) const;

  private:
    void add_taps(std::int64_t line, const T* values, const RowPart& part, float* sums) const;

    PackedConv<T> taps_;  // lines of a kernel (frame, row), of each 3 taps or 4 products of pairs
    bool in_pairs_ = false;
};

// Whether a CPU is faster in pairs for this type: one with a matrix unit for it is not, for what
// surrounds the products takes longer there than they do.
bool is_faster_in_pairs(at::ScalarType type);

}  // namespace nightreel
