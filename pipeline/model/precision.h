#pragma once
// In which numbers a network computes, and the name of everything that may change its arithmetic.
// Values.

#include <cstdint>
#include <string>
#include <string_view>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace nightreel {

// "exact" is said of a reference in low precision: the same roundings in the same places.
enum class PrecisionPolicy {
    float32,                  // everything
    wan_exact,                // as the model's authors run it: products in bf16, the token stream,
                              // its modulation and the head in float32
    diffusers_exact,          // as diffusers runs it: products and the token stream in bf16; norms,
                              // rotations and the time embedder in float32
    fast,                     // as diffusers_exact, and frames are decoded in bf16 too
    wan_exact_float16,        // the first two with fp16 in place of bf16: for GPUs that have only
    diffusers_exact_float16,  // that; slow on CPUs
    eight_bits,               // as fast, with weights and inputs of the blocks' products in int8
};

struct PrecisionFacts {
    PrecisionPolicy policy = PrecisionPolicy::float32;
    std::string_view name;
    c10::ScalarType products = c10::ScalarType::Float;  // what linear layers are held in
    c10::ScalarType stream = c10::ScalarType::Float;    // what tokens are held in between them
    c10::ScalarType decoder = c10::ScalarType::Float;   // of frames; its last layers: float32
    bool has_eight_bits = false;
};

const PrecisionFacts& facts_of(PrecisionPolicy policy);
std::string_view name_of(PrecisionPolicy policy);
PrecisionPolicy precision_policy_named(std::string_view name);  // Error{bad_input} lists the names

// What a processor can do about bf16, and which processor it is.
struct ProcessorFacts {
    std::string kind;          // "AuthenticAMD-25-17": vendor, family, model
    std::string instructions;  // what ATen dispatches on, and bf16 units: "avx512+avx512_bf16"
    bool has_bfloat16 = false;
};

ProcessorFacts processor_facts();

// bf16 on GPUs and on CPUs with bf16 units for models large enough that time matters more than the
// last digits; float32 elsewhere.
PrecisionPolicy choose_precision(const c10::Device& device,
                                 const ProcessorFacts& processor,
                                 std::int64_t parameters);

// Two results are comparable byte for byte only when this text is the same for both.
std::string device_class(const c10::Device& device, int threads, PrecisionPolicy policy);

}  // namespace nightreel
