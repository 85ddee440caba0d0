#pragma once
// What a block of threads does with one row of tokens on a GPU. Every thread holds its share of the
// row in registers, so that memory is read once and written once; arithmetic is float32. The same
// source is compiled for the GPU (token_kernels.cu) and for the host, where a test runs a block's
// threads one after the other: a Block is whatever has each(use), sum(value) and largest(value).
// Number types are those with a conversion from and to float. Pure; any thread.

#include <cmath>
#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__
#define NIGHTREEL_BOTH __host__ __device__ __forceinline__
#define NIGHTREEL_UNROLL _Pragma("unroll")
#else
#define NIGHTREEL_BOTH inline
#define NIGHTREEL_UNROLL
#endif

namespace nightreel {

constexpr int items_at_once = 8;  // of a thread: 16 bytes of bf16, twice as many of float32
constexpr int packet_bytes = 16;  // what memory is asked for in one piece
constexpr int warp_threads = 32;
constexpr int block_threads_max = 512;
constexpr int pieces_max = 4;
constexpr std::int64_t row_width_max = std::int64_t{items_at_once} * block_threads_max * pieces_max;
constexpr float e4m3_largest = 448.0F;

// How a row is divided: `pieces` times items_at_once for each of whole warps of threads.
struct BlockShape {
    int threads = warp_threads;
    int pieces = 1;  // 1, 2 or 4
};

constexpr BlockShape block_shape(std::int64_t width) {
    const std::int64_t packets = width / items_at_once;
    BlockShape shape;
    while (packets > std::int64_t{shape.pieces} * block_threads_max) shape.pieces *= 2;
    const std::int64_t threads = (packets + shape.pieces - 1) / shape.pieces;
    shape.threads = static_cast<int>((threads + warp_threads - 1) / warp_threads) * warp_threads;
    return shape;
}

template <int piece_count>
struct RowThread {
    static constexpr int pieces = piece_count;

    int index = 0;
    int threads = 0;  // of the block
    float values[std::size_t{piece_count}][items_at_once];

    // Where a piece begins; neighbours read neighbouring packets.
    NIGHTREEL_BOTH std::int64_t place(int piece) const {
        return (std::int64_t{piece} * threads + index) * items_at_once;
    }
};

template <class X>
struct alignas(packet_bytes) Packet {
    static constexpr int count = packet_bytes / static_cast<int>(sizeof(X));
    X items[packet_bytes / sizeof(X)];
};

template <class X>
NIGHTREEL_BOTH void load_items(const X* from, float* to) {
    NIGHTREEL_UNROLL
    for (int first = 0; first < items_at_once; first += Packet<X>::count) {
        const Packet<X> packet = *reinterpret_cast<const Packet<X>*>(from + first);
        NIGHTREEL_UNROLL
        for (int i = 0; i < Packet<X>::count; ++i) {
            to[first + i] = static_cast<float>(packet.items[i]);
        }
    }
}

template <class Y>
NIGHTREEL_BOTH void store_items(const float* from, Y* to) {
    NIGHTREEL_UNROLL
    for (int first = 0; first < items_at_once; first += Packet<Y>::count) {
        Packet<Y> packet;
        NIGHTREEL_UNROLL
        for (int i = 0; i < Packet<Y>::count; ++i) packet.items[i] = Y(from[first + i]);
        *reinterpret_cast<Packet<Y>*>(to + first) = packet;
    }
}

// use(piece, place) for each piece of the thread that lies in the row.
template <class Thread, class Use>
NIGHTREEL_BOTH void each_piece(const Thread& thread, std::int64_t width, const Use& use) {
    NIGHTREEL_UNROLL
    for (int piece = 0; piece < Thread::pieces; ++piece) {
        if (thread.place(piece) < width) use(piece, thread.place(piece));
    }
}

// Takes a row up, and sums `value` of its items.
template <class Block, class X, class Value>
NIGHTREEL_BOTH float sum_of_row(Block& block,
                                const X* from,
                                std::int64_t width,
                                const Value& value) {
    return block.sum([&](auto& thread) {
        float sum = 0;
        each_piece(thread, width, [&](int piece, std::int64_t place) {
            load_items(from + place, thread.values[piece]);
            NIGHTREEL_UNROLL
            for (int i = 0; i < items_at_once; ++i) sum += value(thread.values[piece][i]);
        });
        return sum;
    });
}

// Which row of a table a token takes.
struct TableRow {
    const std::int64_t* index = nullptr;  // of groups; null: row 0 for all
    std::int64_t tokens_per_group = 1;
    std::int64_t width = 0;

    NIGHTREEL_BOTH std::int64_t offset(std::int64_t token) const {
        return index == nullptr ? 0 : index[token / tokens_per_group] * width;
    }
};

// LayerNorm without parameters, times a row of `scale`, plus one of `shift`.
template <class X, class Y>
struct NormTokens {
    const X* x;
    Y* out;
    const float* shift;
    const float* scale;
    TableRow row;
    std::int64_t width;
    float epsilon;
};

template <class Block, class X, class Y>
NIGHTREEL_BOTH void norm_token(Block& block, const NormTokens<X, Y>& all, std::int64_t token) {
    const float share = 1.0F / static_cast<float>(all.width);
    const float mean =
        sum_of_row(block, all.x + token * all.width, all.width, [](float value) { return value; }) *
        share;
    const float squares = block.sum([&](auto& thread) {
        float sum = 0;
        each_piece(thread, all.width, [&](int piece, std::int64_t) {
            NIGHTREEL_UNROLL
            for (int i = 0; i < items_at_once; ++i) {
                const float centred = thread.values[piece][i] - mean;
                sum += centred * centred;
            }
        });
        return sum;
    });
    const float factor = 1.0F / sqrtf(squares * share + all.epsilon);
    const std::int64_t offset = all.row.offset(token);
    block.each([&](auto& thread) {
        each_piece(thread, all.width, [&](int piece, std::int64_t place) {
            float scale[items_at_once];
            float shift[items_at_once];
            load_items(all.scale + offset + place, scale);
            load_items(all.shift + offset + place, shift);
            float* values = thread.values[piece];
            NIGHTREEL_UNROLL
            for (int i = 0; i < items_at_once; ++i) {
                values[i] = (values[i] - mean) * factor * scale[i] + shift[i];
            }
            store_items(values, all.out + token * all.width + place);
        });
    });
}

// x += y times a row of `gate`.
template <class X, class Y>
struct GateTokens {
    X* x;
    const Y* y;
    const float* gate;
    TableRow row;
    std::int64_t width;
};

template <class Block, class X, class Y>
NIGHTREEL_BOTH void gate_token(Block& block, const GateTokens<X, Y>& all, std::int64_t token) {
    const std::int64_t offset = all.row.offset(token);
    block.each([&](auto& thread) {
        each_piece(thread, all.width, [&](int piece, std::int64_t place) {
            float added[items_at_once];
            float gate[items_at_once];
            float* values = thread.values[piece];
            load_items(all.x + token * all.width + place, values);
            load_items(all.y + token * all.width + place, added);
            load_items(all.gate + offset + place, gate);
            NIGHTREEL_UNROLL
            for (int i = 0; i < items_at_once; ++i) values[i] += added[i] * gate[i];
            store_items(values, all.x + token * all.width + place);
        });
    });
}

// Each part of a token divided by its root mean square, times a weight, its pairs rotated.
template <class X>
struct RotateTokens {
    X* x;
    const float* weight;     // [parts, width]
    const float* rotations;  // [tokens, head_size / 2] of cosine and sine; null: none
    std::int64_t tokens;     // of a clip
    std::int64_t parts;
    std::int64_t token_stride;
    std::int64_t part_stride;
    std::int64_t width;
    std::int64_t head_size;  // a multiple of items_at_once
    float epsilon;
};

// `row` counts the parts of all tokens.
template <class Block, class X>
NIGHTREEL_BOTH void rotate_token(Block& block, const RotateTokens<X>& all, std::int64_t row) {
    const std::int64_t token = row / all.parts;
    const std::int64_t part = row % all.parts;
    X* x = all.x + token * all.token_stride + part * all.part_stride;
    const float squares =
        sum_of_row(block, x, all.width, [](float value) { return value * value; });
    const float factor = 1.0F / sqrtf(squares / static_cast<float>(all.width) + all.epsilon);
    block.each([&](auto& thread) {
        each_piece(thread, all.width, [&](int piece, std::int64_t place) {
            float weight[items_at_once];
            load_items(all.weight + part * all.width + place, weight);
            float* values = thread.values[piece];
            NIGHTREEL_UNROLL
            for (int i = 0; i < items_at_once; ++i) values[i] = values[i] * factor * weight[i];
            if (all.rotations != nullptr) {
                float by[items_at_once];
                load_items(
                    all.rotations + token % all.tokens * all.head_size + place % all.head_size, by);
                NIGHTREEL_UNROLL
                for (int i = 0; i < items_at_once; i += 2) {
                    const float real = values[i] * by[i] - values[i + 1] * by[i + 1];
                    values[i + 1] = values[i] * by[i + 1] + values[i + 1] * by[i];
                    values[i] = real;
                }
            }
            store_items(values, x + place);
        });
    });
}

// Rows brought to e4m3: the largest magnitude of each becomes e4m3_largest, its scale brings it
// back. `Y` is one byte, so a thread writes half a packet.
template <class X, class Y>
struct RoundTokens {
    const X* x;
    Y* out;
    float* scales;
    std::int64_t width;
};

template <class Block, class X, class Y>
NIGHTREEL_BOTH void round_token(Block& block, const RoundTokens<X, Y>& all, std::int64_t token) {
    const float largest = block.largest([&](auto& thread) {
        float most = 0;
        each_piece(thread, all.width, [&](int piece, std::int64_t place) {
            load_items(all.x + token * all.width + place, thread.values[piece]);
            NIGHTREEL_UNROLL
            for (int i = 0; i < items_at_once; ++i) {
                most = fmaxf(most, fabsf(thread.values[piece][i]));
            }
        });
        return most;
    });
    const float inverse = largest > 0 ? e4m3_largest / largest : 0.0F;
    block.each([&](auto& thread) {
        if (thread.index == 0) all.scales[token] = largest / e4m3_largest;
        each_piece(thread, all.width, [&](int piece, std::int64_t place) {
            struct alignas(items_at_once) Bytes {
                Y items[items_at_once];
            };

            Bytes bytes;
            NIGHTREEL_UNROLL
            for (int i = 0; i < items_at_once; ++i) {
                bytes.items[i] = Y(thread.values[piece][i] * inverse);
            }
            *reinterpret_cast<Bytes*>(all.out + token * all.width + place) = bytes;
        });
    });
}

}  // namespace nightreel
