#include "pipeline/model/tensor/precision_support.h"

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/model/tensor/device.h"
#include "pipeline/model/tensor/eight_bit_matrix.h"
#include "pipeline/model/tensor/precision.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/fields.h"

namespace nightreel {
namespace {

// What the device lacks; nothing when the policy runs on it.
std::optional<std::string_view> missing_for(EightBits kind, const c10::Device& device) {
    constexpr int capability_with_e4m3 = 89;
    switch (kind) {
        case EightBits::none:
            return {};
        case EightBits::int8:
            if (device.is_cpu() && has_eight_bit_products()) return {};
            return "a CPU with AVX512-VNNI";
        case EightBits::e4m3:
            if (device.is_cuda() && cuda_capability(device) >= capability_with_e4m3) return {};
            return "a GPU from sm_89";
    }
    return {};
}

}  // namespace

void require_support(PrecisionPolicy policy, const c10::Device& device) {
    const auto missing = missing_for(facts_of(policy).eight_bits, device);
    if (!missing) return;
    std::string usable;
    for (const auto& [other, word] : EnumWords<PrecisionPolicy>::words) {
        if (missing_for(facts_of(other).eight_bits, device)) continue;
        usable += (usable.empty() ? "" : ", ") + std::string(word);
    }
    throw Error(ErrorKind::unavailable,
                fmt::format("precision {} requires {}; available on {}: {}",
                            word_of(policy),
                            *missing,
                            device.str(),
                            usable));
}

}  // namespace nightreel
