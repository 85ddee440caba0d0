#include "shotspec/base/processor.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "shotspec/base/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace nightreel {
namespace {

constexpr const char* limit_variable = "NIGHTREEL_CPU";

constexpr auto limit_words = std::to_array<std::pair<ProcessorLimit, std::string_view>>({
    {ProcessorLimit::native, "native"},
    {ProcessorLimit::avx512, "avx512"},
    {ProcessorLimit::avx2, "avx2"},
});

// LibTorch's own, oneDNN's by both of its names, and MKL's.
constexpr auto limit_variables_of_libraries =
    std::to_array<const char*>({"ATEN_CPU_CAPABILITY",
                                "ONEDNN_MAX_CPU_ISA",
                                "DNNL_MAX_CPU_ISA",
                                "ONEDNN_CPU_ISA_HINTS",
                                "DNNL_CPU_ISA_HINTS",
                                "MKL_ENABLE_INSTRUCTIONS"});

bool has_bits(std::uint64_t word, std::uint64_t bits) {
    return (word & bits) == bits;
}

constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}

ProcessorLimit limit_of_environment() {
    const char* const word = std::getenv(limit_variable);
    return processor_limit_named(word == nullptr ? "" : word);
}

#if defined(__x86_64__)

using Registers = std::array<std::uint32_t, 4>;  // eax, ebx, ecx, edx

Registers cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
    Registers r{};
    if (__get_cpuid_count(leaf, subleaf, &r[0], &r[1], &r[2], &r[3]) == 0) return {};
    return r;
}

// Only where the system has turned the instruction on.
__attribute__((target("xsave"))) std::uint64_t saved_state() {
    return static_cast<std::uint64_t>(_xgetbv(0));
}

ProcessorRegisters read_registers() {
    constexpr unsigned has_xgetbv = 27;
    const Registers leaf7 = cpuid(7, 0);
    ProcessorRegisters registers{.leaf1_ecx = cpuid(1, 0)[2],
                                 .leaf7_ebx = leaf7[1],
                                 .leaf7_ecx = leaf7[2],
                                 .leaf7_edx = leaf7[3],
                                 .leaf7_1_eax = leaf7[0] >= 1 ? cpuid(7, 1)[0] : 0};
    if (has_bits(registers.leaf1_ecx, bit(has_xgetbv))) registers.saved_state = saved_state();
    return registers;
}

#else

ProcessorRegisters read_registers() {
    return {};
}

#endif

}  // namespace

// Numbers of bits: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, CPUID,
// and volume 1, 13.3 (XCR0).
ProcessorFeatures features_of(const ProcessorRegisters& registers) {
    const bool keeps_256 = has_bits(registers.saved_state, bit(1) | bit(2));
    const bool keeps_512 = keeps_256 && has_bits(registers.saved_state, bit(5) | bit(6) | bit(7));
    const bool keeps_tiles = has_bits(registers.saved_state, bit(17) | bit(18));
    ProcessorFeatures features;
    features.avx2 = keeps_256 && has_bits(registers.leaf7_ebx, bit(5));
    features.fma = keeps_256 && has_bits(registers.leaf1_ecx, bit(12));
    features.f16c = keeps_256 && has_bits(registers.leaf1_ecx, bit(29));
    features.avx512 =
        keeps_512 && has_bits(registers.leaf7_ebx, bit(16) | bit(17) | bit(30) | bit(31));
    features.avx512_bf16 = features.avx512 && has_bits(registers.leaf7_1_eax, bit(5));
    features.avx512_fp16 = features.avx512 && has_bits(registers.leaf7_edx, bit(23));
    features.avx512_vnni = features.avx512 && has_bits(registers.leaf7_ecx, bit(11));
    features.amx_bf16 =
        features.avx512 && keeps_tiles && has_bits(registers.leaf7_edx, bit(22) | bit(24));
    return features;
}

ProcessorFeatures limited(const ProcessorFeatures& features, ProcessorLimit limit) {
    if (limit == ProcessorLimit::native) return features;
    ProcessorFeatures less;
    less.avx2 = features.avx2;
    less.fma = features.fma;
    less.f16c = features.f16c;
    less.avx512 = features.avx512 && limit == ProcessorLimit::avx512;
    return less;
}

ProcessorLimit processor_limit_named(std::string_view word) {
    if (word.empty()) return ProcessorLimit::native;
    for (const auto& [limit, known] : limit_words) {
        if (known == word) return limit;
    }
    throw Error(ErrorKind::usage,
                fmt::format("environment variable {}: invalid value '{}': expected native, avx512 "
                            "or avx2",
                            limit_variable,
                            word));
}

const ProcessorFeatures& processor_features() {
    static const ProcessorFeatures features =
        limited(features_of(read_registers()), limit_of_environment());
    return features;
}

std::string processor_kind() {
#if defined(__x86_64__)
    const Registers vendor = cpuid(0, 0);
    std::string name(12, '\0');
    std::memcpy(name.data(), &vendor[1], 4);
    std::memcpy(name.data() + 4, &vendor[3], 4);
    std::memcpy(name.data() + 8, &vendor[2], 4);
    const std::uint32_t version = cpuid(1, 0)[0];
    const std::uint32_t base_family = (version >> 8U) & 0xFU;
    const std::uint32_t family = base_family + (base_family == 0xF ? (version >> 20U) & 0xFFU : 0);
    const std::uint32_t model = ((version >> 4U) & 0xFU) | ((version >> 12U) & 0xF0U);
    return fmt::format("{}-{}-{}", name, family, model);
#else
    return "unknown";
#endif
}

std::vector<std::pair<std::string, std::string>> library_limits(ProcessorLimit limit,
                                                                const ProcessorFeatures& features) {
    // A word for more than is there would make them use it.
    if (limit == ProcessorLimit::avx512 && features.avx512) {
        return {{"ATEN_CPU_CAPABILITY", "avx512"},
                {"ONEDNN_MAX_CPU_ISA", "AVX512_CORE"},
                {"MKL_ENABLE_INSTRUCTIONS", "AVX512"}};
    }
    if (limit != ProcessorLimit::native && features.avx2) {
        return {{"ATEN_CPU_CAPABILITY", "avx2"},
                {"ONEDNN_MAX_CPU_ISA", "AVX2"},
                {"MKL_ENABLE_INSTRUCTIONS", "AVX2"}};
    }
    return {};
}

std::vector<std::string> limit_tensor_libraries() {
    const auto limits = library_limits(limit_of_environment(), processor_features());
    const auto value_for = [&](std::string_view name) {
        const auto found = std::ranges::find(
            limits, name, [](const auto& limit) -> std::string_view { return limit.first; });
        return found == limits.end() ? std::string() : found->second;
    };
    std::vector<std::string> removed;
    for (const char* const name : limit_variables_of_libraries) {
        const char* const there = std::getenv(name);
        if (there == nullptr || there == value_for(name)) continue;
        ::unsetenv(name);
        removed.emplace_back(name);
    }
    for (const auto& [name, value] : limits) ::setenv(name.c_str(), value.c_str(), 1);
    return removed;
}

}  // namespace nightreel
