#include "pipeline/model/tensor/small/product.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "shotspec/base/check.h"
#include "shotspec/base/processor.h"

namespace nightreel {

namespace {

constexpr std::int64_t rows_at_once = 6;
constexpr std::int64_t panel_width = 16;
constexpr std::int64_t vector_width = 8;

// A panel of a block, 16 KiB, stays in the first-level cache for all rows.
constexpr std::int64_t inputs_at_once = 256;

std::int64_t whole_vectors(std::int64_t outputs) {
    return (outputs + vector_width - 1) / vector_width * vector_width;
}

// The width of the panel that begins at this output.
std::int64_t width_of_panel(std::int64_t output, std::int64_t outputs) {
    return std::min(panel_width, whole_vectors(outputs - output));
}

// use(first, count) for blocks of inputs of nearly one size.
template <class Use>
void for_each_block(std::int64_t inputs, const Use& use) {
    const std::int64_t blocks = (inputs + inputs_at_once - 1) / inputs_at_once;
    for (std::int64_t block = 0; block < blocks; ++block) {
        const std::int64_t first = inputs * block / blocks;
        use(first, inputs * (block + 1) / blocks - first);
    }
}

struct Tile {
    const float* values = nullptr;
    std::int64_t value_stride = 0;
    std::int64_t inputs = 0;
    const float* panel = nullptr;
    const float* next_panel = nullptr;
    float* sums = nullptr;
    std::int64_t sum_stride = 0;
    bool begins_with_sums = true;
};

#if defined(__x86_64__)

using Vector [[gnu::vector_size(32)]] = float;

// `is_last`: of the rows that use the panel. It fetches the next one meanwhile.
template <int rows, int vectors, bool is_last>
[[gnu::target("avx2,fma")]] void multiply_tile(const Tile& tile) {
    Vector sums[static_cast<std::size_t>(rows)][static_cast<std::size_t>(vectors)];
#pragma GCC unroll 8
    for (int row = 0; row < rows; ++row) {
#pragma GCC unroll 2
        for (int i = 0; i < vectors; ++i) {
            sums[row][i] = Vector{};
            if (!tile.begins_with_sums) continue;
            std::memcpy(&sums[row][i],
                        tile.sums + row * tile.sum_stride + i * vector_width,
                        sizeof(Vector));
        }
    }
    const float* values = tile.values;
    const float* weights = tile.panel;
    const float* ahead = tile.next_panel;
    const std::int64_t stride = tile.value_stride;
#pragma GCC unroll 2
    for (std::int64_t input = 0; input < tile.inputs; ++input) {
        Vector weight[static_cast<std::size_t>(vectors)];
#pragma GCC unroll 2
        for (int i = 0; i < vectors; ++i) {
            std::memcpy(&weight[i], weights + i * vector_width, sizeof(Vector));
        }
        if constexpr (is_last) __builtin_prefetch(ahead);
#pragma GCC unroll 8
        for (int row = 0; row < rows; ++row) {
            const float value = values[row * stride];
#pragma GCC unroll 2
            for (int i = 0; i < vectors; ++i) sums[row][i] += value * weight[i];
        }
        ++values;
        weights += vectors * vector_width;
        ahead += vectors * vector_width;
    }
#pragma GCC unroll 8
    for (int row = 0; row < rows; ++row) {
#pragma GCC unroll 2
        for (int i = 0; i < vectors; ++i) {
            std::memcpy(tile.sums + row * tile.sum_stride + i * vector_width,
                        &sums[row][i],
                        sizeof(Vector));
        }
    }
}

using MultiplyTile = void (*)(const Tile&);

template <int vectors, bool is_last>
constexpr std::array<MultiplyTile, rows_at_once> tiles_of_rows{
    multiply_tile<1, vectors, is_last>,
    multiply_tile<2, vectors, is_last>,
    multiply_tile<3, vectors, is_last>,
    multiply_tile<4, vectors, is_last>,
    multiply_tile<5, vectors, is_last>,
    multiply_tile<6, vectors, is_last>,
};

void multiply_rows(const Tile& tile, std::int64_t rows, std::int64_t width, bool is_last) {
    const auto at = static_cast<std::size_t>(rows - 1);
    if (width == panel_width) {
        (is_last ? tiles_of_rows<2, true> : tiles_of_rows<2, false>)[at](tile);
    } else {
        (is_last ? tiles_of_rows<1, true> : tiles_of_rows<1, false>)[at](tile);
    }
}

#else

void multiply_rows(const Tile&, std::int64_t, std::int64_t, bool) {
    NIGHTREEL_CHECK(false, "this processor has no small products");
}

#endif

// In the order in which the values lie in memory.
void pack_panel(const MatrixView& part, std::int64_t width, float* panel) {
    if (part.outputs < width) std::fill_n(panel, part.inputs * width, 0.0F);
    if (part.output_stride == 1) {
        for (std::int64_t input = 0; input < part.inputs; ++input) {
            std::copy_n(
                part.values + input * part.input_stride, part.outputs, panel + input * width);
        }
        return;
    }
    for (std::int64_t output = 0; output < part.outputs; ++output) {
        const float* from = part.values + output * part.output_stride;
        for (std::int64_t input = 0; input < part.inputs; ++input) {
            panel[input * width + output] = from[input * part.input_stride];
        }
    }
}

// The last panel of a row, of fewer outputs than it is wide: by way of a tile of its own.
void multiply_narrow(
    Tile tile, std::int64_t rows, std::int64_t outputs, std::int64_t width, bool is_last) {
    std::array<float, rows_at_once * panel_width> values{};
    float* const sums = tile.sums;
    const std::int64_t stride = tile.sum_stride;
    tile.sums = values.data();
    tile.sum_stride = width;
    for (std::int64_t row = 0; row < rows; ++row) {
        std::copy_n(sums + row * stride, outputs, tile.sums + row * width);
    }
    multiply_rows(tile, rows, width, is_last);
    for (std::int64_t row = 0; row < rows; ++row) {
        std::copy_n(tile.sums + row * width, outputs, sums + row * stride);
    }
}

// Rows in tiles of nearly one height, the taller ones first. Divided once a product, not a panel:
// a division takes as long as a tenth of a tile.
struct TileRows {
    std::int64_t tiles = 0;
    std::int64_t least = 0;
    std::int64_t taller = 0;

    explicit TileRows(std::int64_t rows)
        : tiles((rows + rows_at_once - 1) / rows_at_once),
          least(rows / std::max<std::int64_t>(tiles, 1)),
          taller(rows - tiles * least) {}
};

// All rows by one panel.
void multiply_panel(Tile tile, const TileRows& rows, std::int64_t outputs, std::int64_t width) {
    for (std::int64_t i = 0; i < rows.tiles; ++i) {
        const std::int64_t count = rows.least + (i < rows.taller ? 1 : 0);
        const bool is_last = i + 1 == rows.tiles;
        if (outputs < width) {
            multiply_narrow(tile, count, outputs, width, is_last);
        } else {
            multiply_rows(tile, count, width, is_last);
        }
        tile.values += count * tile.value_stride;
        tile.sums += count * tile.sum_stride;
    }
}

}  // namespace

bool has_small_products() {
    return processor_features().avx2 && processor_features().fma;
}

std::int64_t panels_size(std::int64_t inputs, std::int64_t outputs) {
    return inputs * whole_vectors(outputs);
}

void pack_panels(const MatrixView& matrix_kn, float* panels) {
    const std::int64_t outputs = matrix_kn.outputs;
    for_each_block(matrix_kn.inputs, [&](std::int64_t first, std::int64_t count) {
        for (std::int64_t output = 0; output < outputs; output += panel_width) {
            const std::int64_t width = width_of_panel(output, outputs);
            MatrixView part = matrix_kn;
            part.values += first * part.input_stride + output * part.output_stride;
            part.inputs = count;
            part.outputs = std::min(width, outputs - output);
            pack_panel(part, width, panels);
            panels += count * width;
        }
    });
}

void multiply(const SmallProduct& product, ProductStart start) {
    const TileRows rows(product.rows);
    const float* panel = product.panels;
    for_each_block(product.inputs, [&](std::int64_t first, std::int64_t count) {
        Tile tile{.values = product.values + first,
                  .value_stride = product.value_stride,
                  .inputs = count,
                  .sum_stride = product.sum_stride,
                  .begins_with_sums = first > 0 || start == ProductStart::sums};
        for (std::int64_t output = 0; output < product.outputs; output += panel_width) {
            const std::int64_t width = width_of_panel(output, product.outputs);
            tile.panel = panel;
            panel += count * width;
            tile.next_panel = panel;
            tile.sums = product.sums + output;
            multiply_panel(tile, rows, std::min(width, product.outputs - output), width);
        }
    });
}

}  // namespace nightreel
