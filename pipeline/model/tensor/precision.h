#pragma once
// What a precision policy means to a network, and the name of everything that may change its
// arithmetic.
// Values.

#include <cstdint>
#include <string>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "shotspec/card/precision_policy.h"

namespace nightreel {

// What the products of tokens are held in instead of the type of the others.
enum class EightBits { none, int8, e4m3 };

struct PrecisionFacts {
    PrecisionPolicy policy = PrecisionPolicy::float32;
    c10::ScalarType products = c10::ScalarType::Float;  // what linear layers are held in
    c10::ScalarType stream = c10::ScalarType::Float;    // what tokens are held in between them
    c10::ScalarType decoder = c10::ScalarType::Float;   // of frames; its last layers: float32
    EightBits eight_bits = EightBits::none;
};

const PrecisionFacts& facts_of(PrecisionPolicy policy);

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
