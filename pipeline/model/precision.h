#pragma once
// In which numbers a network computes, and the name of everything that may change its arithmetic.
// Values.

#include <cstdint>
#include <string>
#include <string_view>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace nightreel {

enum class PrecisionPolicy {
    float32,             // everything
    bfloat16_diffusers,  // as diffusers runs bf16: products and the token stream in bf16;
                         // modulation, norms, rotations and the time embedder in float32
};

std::string_view name_of(PrecisionPolicy policy);
PrecisionPolicy precision_policy_named(std::string_view name);  // Error{bad_input} lists the names

// What linear layers and the token stream are held in.
c10::ScalarType compute_type(PrecisionPolicy policy);

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
