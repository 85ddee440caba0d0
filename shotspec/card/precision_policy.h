#pragma once
// In which numbers a network computes, by the words that configuration and commands use. Values.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

// "exact" is said of a reference in low precision: the same roundings in the same places.
enum class PrecisionPolicy : std::uint8_t {
    float32,                  // everything
    wan_exact,                // as the model's authors run it: products in bf16, the token stream,
                              // its modulation and the head in float32
    diffusers_exact,          // as diffusers runs it: products and the token stream in bf16; norms,
                              // rotations and the time embedder in float32
    fast,                     // as diffusers_exact, and frames are decoded in bf16 too
    wan_exact_float16,        // the first two with fp16 in place of bf16: for GPUs that have only
    diffusers_exact_float16,  // that; slow on CPUs
    eight_bits,               // as fast, with weights and inputs of the blocks' products in int8
    eight_bit_floats,         // the same in floats of eight bits: for GPUs
};

template <>
struct EnumWords<PrecisionPolicy> {
    static constexpr auto words = std::to_array<std::pair<PrecisionPolicy, std::string_view>>({
        {PrecisionPolicy::float32, "float32"},
        {PrecisionPolicy::wan_exact, "wan-exact"},
        {PrecisionPolicy::diffusers_exact, "diffusers-exact"},
        {PrecisionPolicy::fast, "fast"},
        {PrecisionPolicy::wan_exact_float16, "wan-exact-float16"},
        {PrecisionPolicy::diffusers_exact_float16, "diffusers-exact-float16"},
        {PrecisionPolicy::eight_bits, "int8"},
        {PrecisionPolicy::eight_bit_floats, "fp8"},
    });
};

// Error{usage} lists the words. For command lines; files have a reader that knows the line.
PrecisionPolicy precision_policy_named(std::string_view word);

}  // namespace nightreel
