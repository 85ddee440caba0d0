#pragma once
// Per-pixel operations of the row decoder on a CPU: norm, activation, type conversion, Winograd
// transforms. Computed in float32 and vectorised for the instructions of the processor. A "place"
// is one pixel position; its channels are contiguous in memory. Pure; any thread.

#include <cstdint>

#include <c10/util/BFloat16.h>

namespace nightreel {

struct Places {
    std::int64_t count = 0;
    std::int64_t channels = 0;
    std::int64_t in_stride = 0;  // distance from place to place, in values
    std::int64_t out_stride = 0;
};

// out = silu(x / max(|x|, 1e-12) * gamma) for each place, with the norm |x| over its channels;
// gamma is already multiplied by sqrt(channels).
void normed_and_activated(const float* in, const Places& places, const float* gamma, float* out);
void normed_and_activated(const float* in,
                          const Places& places,
                          const float* gamma,
                          c10::BFloat16* out);
void normed_and_activated(const c10::BFloat16* in,
                          const Places& places,
                          const float* gamma,
                          float* out);
void normed_and_activated(const c10::BFloat16* in,
                          const Places& places,
                          const float* gamma,
                          c10::BFloat16* out);

// Converts the channels of each place to another type; bf16 is rounded to nearest.
void converted(const float* in, const Places& places, float* out);
void converted(const float* in, const Places& places, c10::BFloat16* out);
void converted(const c10::BFloat16* in, const Places& places, float* out);
void converted(const c10::BFloat16* in, const Places& places, c10::BFloat16* out);

// A run of places in a row.
struct RowPlaces {
    std::int64_t count = 0;
    std::int64_t channels = 0;
};

// Input transform of Winograd's F(2, 3). For each pair of neighbouring places (b, c), with a before
// and d after them, writes the planes a - c, b + c, c - b and b - d, each [pairs, channels]. Reads
// one place before and one after the run. In the last pair of an odd run, d is taken as 0.
void split_pairs(const float* in, const RowPlaces& places, float* out);
void split_pairs(const c10::BFloat16* in, const RowPlaces& places, c10::BFloat16* out);

// Output transform, from the products k0..k3 [4, pairs, channels] of the four planes: adds
// k0 + k1 + k2 to the first place of each pair, and k1 - k2 - k3 to the second one if it exists.
void join_pairs(const float* products, const RowPlaces& places, float* sums);

// out += in
void added(const float* in, const Places& places, float* out);
void added(const c10::BFloat16* in, const Places& places, float* out);

}  // namespace nightreel
