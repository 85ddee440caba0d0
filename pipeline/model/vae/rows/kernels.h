#pragma once
// What is done with the channels of one place of a picture after another, on a CPU: sums in
// float32, vectorised for the instructions the processor has. A place's channels lie one after the
// other. Pure; any thread.

#include <cstdint>

#include <c10/util/BFloat16.h>

namespace nightreel {

struct Places {
    std::int64_t count = 0;
    std::int64_t channels = 0;
    std::int64_t in_stride = 0;  // from place to place, in values
    std::int64_t out_stride = 0;
};

// out = silu(x / max(|x|, 1e-12) * gamma) of each place; gamma has the root of the number of
// channels in it.
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

// The channels of each place in another type; bf16 is rounded to nearest.
void converted(const float* in, const Places& places, float* out);
void converted(const float* in, const Places& places, c10::BFloat16* out);
void converted(const c10::BFloat16* in, const Places& places, float* out);
void converted(const c10::BFloat16* in, const Places& places, c10::BFloat16* out);

// Places of a row, each of so many values.
struct RowPlaces {
    std::int64_t count = 0;
    std::int64_t channels = 0;
};

// What Winograd's F(2, 3) multiplies: of pairs of places b c with the neighbours a and d, the
// planes a - c, b + c, c - b and b - d, one after the other, each [pairs, channels]. The places
// before and after those counted are read; of a pair that is not whole d is taken as 0.
void split_pairs(const float* in, const RowPlaces& places, float* out);
void split_pairs(const c10::BFloat16* in, const RowPlaces& places, c10::BFloat16* out);

// And back, from its products [4, pairs, channels]: adds k0 + k1 + k2 to the first place of a pair
// and k1 - k2 - k3 to the second, if there is one.
void join_pairs(const float* products, const RowPlaces& places, float* sums);

// out += in
void added(const float* in, const Places& places, float* out);
void added(const c10::BFloat16* in, const Places& places, float* out);

}  // namespace nightreel
