#pragma once
// Starting the kernels of token_rows.h, in plain values: neither LibTorch's nor CUDA's headers are
// needed to call them. All pointers are the device's and lie at multiples of 16 bytes; widths are
// multiples of items_at_once up to row_width_max. A stream is a cudaStream_t of the current device.
// Each returns null, or the driver's words about why nothing was started. Any thread.

#include <cstdint>

#include "pipeline/model/cuda/token_rows.h"

namespace nightreel {

enum class ItemType { float32, bfloat16, float16 };

struct NormLaunch {
    const void* x;
    ItemType x_type;
    void* out;
    ItemType out_type;
    const float* shift;
    const float* scale;
    TableRow row;
    std::int64_t tokens;
    std::int64_t width;
    float epsilon;
};

struct GateLaunch {
    void* x;
    ItemType x_type;
    const void* y;
    ItemType y_type;
    const float* gate;
    TableRow row;
    std::int64_t tokens;
    std::int64_t width;
};

struct RotateLaunch {
    void* x;
    ItemType type;
    const float* weight;
    const float* rotations;  // null: none
    std::int64_t tokens;     // of a clip
    std::int64_t clips;
    std::int64_t parts;
    std::int64_t token_stride;
    std::int64_t part_stride;
    std::int64_t width;
    std::int64_t head_size;
    float epsilon;
};

struct RoundLaunch {
    const void* x;
    ItemType type;
    void* out;  // e4m3
    float* scales;
    std::int64_t tokens;
    std::int64_t width;
};

const char* launch_norm(const NormLaunch& launch, void* stream);
const char* launch_gate(const GateLaunch& launch, void* stream);
const char* launch_rotate(const RotateLaunch& launch, void* stream);
const char* launch_round(const RoundLaunch& launch, void* stream);

}  // namespace nightreel
