#pragma once
// A block of a GPU's threads on the host, one thread after the other: the row functions of
// pipeline/model/cuda/token_rows.h cannot tell it from the real one, and sums are made in the same
// order. One thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/model/cuda/token_rows.h"

namespace nightreel {

template <int pieces>
class HostBlock {
  public:
    explicit HostBlock(int threads) : threads_(static_cast<std::size_t>(threads)) {
        for (std::size_t i = 0; i < threads_.size(); ++i) {
            threads_[i].index = static_cast<int>(i);
            threads_[i].threads = threads;
        }
    }

    template <class Use>
    void each(const Use& use) {
        for (RowThread<pieces>& thread : threads_) use(thread);
    }

    template <class Value>
    float sum(const Value& value) {
        return over_block(value, [](float a, float b) { return a + b; });
    }

    template <class Value>
    float largest(const Value& value) {
        return over_block(value, [](float a, float b) { return std::max(a, b); });
    }

  private:
    template <class Value, class Join>
    float over_block(const Value& value, const Join& join) {
        std::vector<float> values;
        for (RowThread<pieces>& thread : threads_) values.push_back(value(thread));
        for (std::size_t offset = warp_threads / 2; offset > 0; offset /= 2) {
            const std::vector<float> before = values;
            for (std::size_t i = 0; i < values.size(); ++i) {
                values[i] = join(before[i], before[i ^ offset]);
            }
        }
        float joined = values[0];
        for (std::size_t i = warp_threads; i < values.size(); i += warp_threads) {
            joined = join(joined, values[i]);
        }
        return joined;
    }

    std::vector<RowThread<pieces>> threads_;
};

// use(block) for each of `rows`, with the block that a GPU would have for the width.
template <class Use>
void run_on_host(std::int64_t rows, std::int64_t width, const Use& use) {
    const BlockShape shape = block_shape(width);
    for (std::int64_t row = 0; row < rows; ++row) {
        // A new one each time: a GPU's block remembers nothing of another row.
        if (shape.pieces == 1) {
            HostBlock<1> block(shape.threads);
            use(block, row);
        } else if (shape.pieces == 2) {
            HostBlock<2> block(shape.threads);
            use(block, row);
        } else {
            HostBlock<pieces_max> block(shape.threads);
            use(block, row);
        }
    }
}

}  // namespace nightreel
