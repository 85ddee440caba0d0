#include "pipeline/model/tensor/precision.h"

#include <array>
#include <cstdint>
#include <cstring>

#include <ATen/ATen.h>
#include <cpuid.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/device.h"
#include "pipeline/model/tensor/token_operators.h"
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

using Registers = std::array<std::uint32_t, 4>;  // eax, ebx, ecx, edx

Registers cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
    Registers r{};
    if (__get_cpuid_count(leaf, subleaf, &r[0], &r[1], &r[2], &r[3]) == 0) return {};
    return r;
}

bool bit(std::uint32_t word, unsigned number) {
    return ((word >> number) & 1U) != 0;
}

}  // namespace

const PrecisionFacts& facts_of(PrecisionPolicy policy) {
    return policies.at(static_cast<std::size_t>(policy));
}

ProcessorFacts processor_facts() {
    const Registers vendor = cpuid(0, 0);
    std::string name(12, '\0');
    std::memcpy(name.data(), &vendor[1], 4);
    std::memcpy(name.data() + 4, &vendor[3], 4);
    std::memcpy(name.data() + 8, &vendor[2], 4);
    const std::uint32_t version = cpuid(1, 0)[0];
    const std::uint32_t base_family = (version >> 8U) & 0xFU;
    const std::uint32_t family = base_family + (base_family == 0xF ? (version >> 20U) & 0xFFU : 0);
    const std::uint32_t model = ((version >> 4U) & 0xFU) | ((version >> 12U) & 0xF0U);

    ProcessorFacts facts;
    facts.kind = fmt::format("{}-{}-{}", name, family, model);
    for (const char letter : at::get_cpu_capability()) {
        facts.instructions +=
            static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
    }
    if (bit(cpuid(7, 1)[0], 5)) {
        facts.instructions += "+avx512_bf16";
        facts.has_bfloat16 = true;
    }
    if (bit(cpuid(7, 0)[3], 22)) {
        facts.instructions += "+amx_bf16";
        facts.has_bfloat16 = true;
    }
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
    const ProcessorFacts processor = processor_facts();
    std::string text =
        fmt::format("cpu {} {} threads={}", processor.kind, processor.instructions, threads);
    if (device.is_cuda()) {
        // Noise and the text's ids are made on the CPU, so its kind stays in the name.
        text = fmt::format("{} {} | {}",
                           cuda_device_name(device),
                           has_token_operators() ? "own-kernels" : "plain-kernels",
                           text);
    }
    return fmt::format("{} {}", text, word_of(policy));
}

}  // namespace nightreel
