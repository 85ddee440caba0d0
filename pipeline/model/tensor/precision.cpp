#include "pipeline/model/tensor/precision.h"

#include <array>
#include <cstdint>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/machine_class.h"
#include "shotspec/base/processor.h"
#include "shotspec/card/model_dimensions.h"

namespace nightreel {
namespace {

// In the order of the enumeration.
constexpr std::array<PrecisionFacts, 8> policies{{
    {PrecisionPolicy::float32},
    {PrecisionPolicy::wan_exact, at::kBFloat16, at::kFloat},
    {PrecisionPolicy::diffusers_exact, at::kBFloat16, at::kBFloat16},
    {PrecisionPolicy::fast, at::kBFloat16, at::kBFloat16, at::kBFloat16},
    {PrecisionPolicy::wan_exact_float16, at::kHalf, at::kFloat},
    {PrecisionPolicy::diffusers_exact_float16, at::kHalf, at::kHalf},
    {PrecisionPolicy::eight_bits, at::kBFloat16, at::kBFloat16, at::kBFloat16, EightBits::int8},
    {PrecisionPolicy::eight_bit_floats,
     at::kBFloat16,
     at::kBFloat16,
     at::kBFloat16,
     EightBits::e4m3},
}};

}  // namespace

const PrecisionFacts& facts_of(PrecisionPolicy policy) {
    return policies.at(static_cast<std::size_t>(policy));
}

ProcessorFacts processor_facts() {
    const ProcessorFeatures& features = processor_features();
    ProcessorFacts facts;
    facts.kind = processor_kind();
    for (const char letter : at::get_cpu_capability()) {
        facts.instructions +=
            static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
    }
    if (features.avx512_bf16) facts.instructions += "+avx512_bf16";
    if (features.amx_bf16) facts.instructions += "+amx_bf16";
    facts.has_bfloat16 = features.has_bfloat16_products();
    return facts;
}

PrecisionPolicy choose_precision(const c10::Device& device,
                                 const ProcessorFacts& processor,
                                 std::int64_t parameters) {
    const bool has_bfloat16 = device.is_cuda() || processor.has_bfloat16;
    return has_bfloat16 && parameters >= parameters_for_bfloat16 ? PrecisionPolicy::fast
                                                                 : PrecisionPolicy::float32;
}

std::string device_class(const c10::Device& device, int threads, PrecisionPolicy policy) {
    return fmt::format("{} {}", machine_class(device, threads), word_of(policy));
}

}  // namespace nightreel
