#pragma once
// Which instructions this process may use: what the processor and the system offer, lowered by the
// environment variable NIGHTREEL_CPU. Everything that chooses between kernels asks here, so one
// variable makes the whole program behave as on an older processor. Values; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightreel {

struct ProcessorFeatures {
    bool avx2 = false;
    bool fma = false;
    bool f16c = false;         // conversions between half floats and float32
    bool avx512 = false;       // F, BW, DQ and VL together
    bool avx512_bf16 = false;  // products of bf16
    bool avx512_fp16 = false;  // arithmetic of half floats
    bool avx512_vnni = false;  // products of int8
    bool amx_bf16 = false;     // products of bf16 matrices

    bool operator==(const ProcessorFeatures&) const = default;

    bool has_bfloat16_products() const { return avx512_bf16 || amx_bf16; }
};

// The value of NIGHTREEL_CPU: the most that may be used of what is there.
enum class ProcessorLimit {
    native,  // everything; the same as leaving the variable out
    avx512,  // AVX-512 without units for bf16, half floats and int8
    avx2,    // AVX2, FMA and F16C
};

// What cpuid and xgetbv answer.
struct ProcessorRegisters {
    std::uint32_t leaf1_ecx = 0;
    std::uint32_t leaf7_ebx = 0;
    std::uint32_t leaf7_ecx = 0;
    std::uint32_t leaf7_edx = 0;
    std::uint32_t leaf7_1_eax = 0;
    std::uint64_t saved_state = 0;  // XCR0: which registers the system keeps for a thread
};

ProcessorFeatures features_of(const ProcessorRegisters& registers);

ProcessorFeatures limited(const ProcessorFeatures& features, ProcessorLimit limit);

// An empty word is `native`. Error{usage} lists the words.
ProcessorLimit processor_limit_named(std::string_view word);

// Of this process, read at the first call. Error{usage} for another value of NIGHTREEL_CPU.
const ProcessorFeatures& processor_features();

// "AuthenticAMD-25-17": vendor, family, model.
std::string processor_kind();

// The environment variables by which LibTorch and the libraries under it are given a limit.
std::vector<std::pair<std::string, std::string>> library_limits(ProcessorLimit limit,
                                                                const ProcessorFeatures& features);

// Sets them for NIGHTREEL_CPU, and removes all others of the kind from the environment: libraries
// with less than this program reckons with would refuse its products, and a device class would name
// instructions that were not used. Returns the names of those that were removed. Call first in the
// main of a program that links LibTorch, before its first tensor and before there are threads.
// Error{usage} as processor_features().
std::vector<std::string> limit_tensor_libraries();

}  // namespace nightreel
