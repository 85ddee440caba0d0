#include "shotspec/base/processor.h"

#include <cstdlib>

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

// As cpuid and Linux answer on an AMD Ryzen 5000 (Zen 3) and an Intel Xeon of the fourth
// generation (Sapphire Rapids).
constexpr ProcessorRegisters zen3{.leaf1_ecx = 0x7efa320b,
                                  .leaf7_ebx = 0x219c97a9,
                                  .leaf7_ecx = 0x0040068c,
                                  .leaf7_edx = 0x00000010,
                                  .leaf7_1_eax = 0,
                                  .saved_state = 0x207};
constexpr ProcessorRegisters sapphire_rapids{.leaf1_ecx = 0x7ffefbff,
                                             .leaf7_ebx = 0xf3bfb7ef,
                                             .leaf7_ecx = 0xfb417ffe,
                                             .leaf7_edx = 0xffdd4432,
                                             .leaf7_1_eax = 0x00001c30,
                                             .saved_state = 0x602e7};

constexpr ProcessorFeatures up_to_avx2{.avx2 = true, .fma = true, .f16c = true};

}  // namespace

TEST_CASE("features are read from the registers of known processors", "[processor]") {
    CHECK(features_of(zen3) == up_to_avx2);
    const ProcessorFeatures all = features_of(sapphire_rapids);
    CHECK(all == ProcessorFeatures{true, true, true, true, true, true, true, true});
    CHECK(all.has_bfloat16_products());
    CHECK_FALSE(features_of(zen3).has_bfloat16_products());
    CHECK(features_of({}) == ProcessorFeatures{});
}

TEST_CASE("registers that the system does not save are not used", "[processor]") {
    ProcessorRegisters registers = sapphire_rapids;
    registers.saved_state = 0x2e7;  // no tiles
    CHECK_FALSE(features_of(registers).amx_bf16);
    CHECK(features_of(registers).avx512_bf16);
    registers.saved_state = 0x7;  // 256 bits
    CHECK(features_of(registers) == up_to_avx2);
    registers.saved_state = 0x3;  // 128 bits
    CHECK(features_of(registers) == ProcessorFeatures{});
}

TEST_CASE("a limit takes features away and adds none", "[processor]") {
    const ProcessorFeatures all = features_of(sapphire_rapids);
    CHECK(limited(all, ProcessorLimit::native) == all);
    CHECK(limited(all, ProcessorLimit::avx2) == up_to_avx2);
    ProcessorFeatures wide = up_to_avx2;
    wide.avx512 = true;
    CHECK(limited(all, ProcessorLimit::avx512) == wide);
    CHECK(limited(up_to_avx2, ProcessorLimit::avx512) == up_to_avx2);
    CHECK(limited({}, ProcessorLimit::avx2) == ProcessorFeatures{});
}

TEST_CASE("libraries are given the limit, and never more than there is", "[processor]") {
    const auto words = [](ProcessorLimit limit, const ProcessorFeatures& features) {
        std::string text;
        for (const auto& [name, value] : library_limits(limit, features)) {
            text += name + "=" + value + " ";
        }
        return text;
    };
    ProcessorFeatures wide = up_to_avx2;
    wide.avx512 = true;
    const std::string avx2 =
        "ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2 ";
    CHECK(words(ProcessorLimit::native, wide).empty());
    CHECK(words(ProcessorLimit::avx2, wide) == avx2);
    CHECK(words(ProcessorLimit::avx512, up_to_avx2) == avx2);
    CHECK(words(ProcessorLimit::avx512, wide) ==
          "ATEN_CPU_CAPABILITY=avx512 ONEDNN_MAX_CPU_ISA=AVX512_CORE "
          "MKL_ENABLE_INSTRUCTIONS=AVX512 ");
    CHECK(words(ProcessorLimit::avx2, {}).empty());
}

TEST_CASE("limits of libraries that the program does not know of are removed and told",
          "[processor]") {
    if (std::getenv("NIGHTREEL_CPU") != nullptr) return;  // the tests run as on an older processor
    ::setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
    ::setenv("DNNL_MAX_CPU_ISA", "SSE41", 1);
    CHECK(limit_tensor_libraries() ==
          std::vector<std::string>{"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"});
    CHECK(std::getenv("ONEDNN_MAX_CPU_ISA") == nullptr);
    CHECK(limit_tensor_libraries().empty());
}

TEST_CASE("NIGHTREEL_CPU takes three words", "[processor]") {
    CHECK(processor_limit_named("") == ProcessorLimit::native);
    CHECK(processor_limit_named("native") == ProcessorLimit::native);
    CHECK(processor_limit_named("avx512") == ProcessorLimit::avx512);
    CHECK(processor_limit_named("avx2") == ProcessorLimit::avx2);
    CHECK_THROWS_WITH(processor_limit_named("AVX2"),
                      "environment variable NIGHTREEL_CPU: invalid value 'AVX2': expected native, "
                      "avx512 or avx2");
}

}  // namespace nightreel
