#pragma once
// Products of small float32 matrices on processors with AVX2 and FMA: what oneDNN's brgemm is with
// AVX-512 and refuses to be without. A tile of 6 x 16 sums stays in registers while it goes through
// the inputs. Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
// (ACM TOMS 34, 2008), with the tile that BLIS has for this kind of processor. The order of
// additions depends on the number of inputs alone. Pure; any thread.

#include <cstdint>

namespace nightreel {

// m rows, k inputs, n outputs

// Whether this processor has them.
bool has_small_products();

// A matrix [k, n] anywhere in memory.
struct MatrixView {
    const float* values = nullptr;
    std::int64_t inputs = 0;
    std::int64_t outputs = 0;
    std::int64_t input_stride = 0;
    std::int64_t output_stride = 1;
};

// How many values the second matrix takes in the order that products read it in, and that order:
// the inputs in blocks, the outputs of a block in panels of 16 or, at the end, 8, filled with
// zeros.
std::int64_t panels_size(std::int64_t inputs, std::int64_t outputs);
void pack_panels(const MatrixView& matrix_kn, float* panels);

enum class ProductStart { zero, sums };

struct SmallProduct {
    std::int64_t rows = 0;
    std::int64_t inputs = 0;
    std::int64_t outputs = 0;
    const float* values = nullptr;  // [m, k]
    std::int64_t value_stride = 0;  // from row to row
    const float* panels = nullptr;  // [k, n], packed
    float* sums = nullptr;          // [m, n]
    std::int64_t sum_stride = 0;
};

// sums = values x panels, or sums += values x panels. Call only where has_small_products().
void multiply(const SmallProduct& product, ProductStart start);

}  // namespace nightreel
