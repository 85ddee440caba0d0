#pragma once
// Convolutions as sums of small products: for each place of the kernel, some places of a row times
// the weights of that place, added up in float32 scratch that stays in the cache. Nothing is copied
// into another layout, and what follows (norms, shortcuts) is done on the scratch. Read-only after
// packing; any thread.

#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace nightreel {

enum class RowProducts {
    none,
    small,   // small/product.h: float32, AVX2
    onednn,  // oneDNN's brgemm by way of ATen: float32 with AVX-512, bf16 with its units for bf16
};

// The products that this processor has for float32 or bf16.
RowProducts row_products(at::ScalarType type);

// Weights of a kernel, one matrix [in, out] for each of its places. T is float or c10::BFloat16.
template <class T>
class PackedConv {
  public:
    PackedConv() = default;
    // `taps`: [places of the kernel, out, in]. The products are those of this processor, or, for
    // comparing them, others that it has.
    PackedConv(const at::Tensor& taps,
               const at::Tensor& bias,
               RowProducts products = row_products(c10::CppTypeToScalarType<T>::value));
    // A kernel as it is stored, [out, in, t, h, w]: its places in that order.
    static PackedConv of_kernel(
        const at::Tensor& weight,
        const at::Tensor& bias,
        RowProducts products = row_products(c10::CppTypeToScalarType<T>::value));

    std::int64_t in() const { return in_; }

    std::int64_t out() const { return out_; }

    // For a sum of two convolutions, which begin() once.
    void add_to_bias(const at::Tensor& bias);

    // sums [places, out] = bias
    void begin(std::int64_t places, float* sums) const;
    // sums += values [places, in] of one place of the kernel. `stride`: from place to place.
    void add_tap(std::int64_t tap,
                 const T* values,
                 std::int64_t stride,
                 std::int64_t places,
                 float* sums) const;

  private:
    RowProducts products_ = RowProducts::none;
    at::Tensor taps_;  // [places of the kernel, ...], each in the order its products read
    const T* values_ = nullptr;
    std::vector<float> bias_;
    std::int64_t in_ = 0;
    std::int64_t out_ = 0;
};

// Part of a row, of one frame.
struct RowPart {
    std::int64_t frame = 0;
    std::int64_t row = 0;
    std::int64_t column = 0;
    std::int64_t places = 0;
};

// Calls work(part, sums) for parts of rows that cover everything, on all threads; `sums` is scratch
// for `channels` values at each of its places, of which it has an even number. How rows are divided
// depends on their width alone, so results are the same to the bit for any number of threads.
using PartWork = std::function<void(const RowPart& part, float* sums)>;

struct RowsShape {
    std::int64_t frames = 0;
    std::int64_t rows = 0;
    std::int64_t width = 0;
};

void for_each_part(const RowsShape& shape, std::int64_t channels, const PartWork& work);

}  // namespace nightreel
