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

// out += in
void added(const float* in, const Places& places, float* out);
void added(const c10::BFloat16* in, const Places& places, float* out);

}  // namespace nightreel
