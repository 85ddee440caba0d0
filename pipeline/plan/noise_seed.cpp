#include "pipeline/plan/noise_seed.h"

#include <iterator>

#include <fmt/format.h>

#include "shotspec/base/check.h"
#include "shotspec/base/digest.h"

namespace nightreel {

std::uint64_t derived_seed(std::uint64_t show_seed, std::string_view shot, std::int32_t take) {
    Hasher hasher;
    hasher.field("noise").field(std::to_string(show_seed)).field(shot);
    const Digest digest = hasher.field(std::to_string(take)).finish();
    std::uint64_t seed = 0;
    for (std::size_t i = 0; i < sizeof seed; ++i) {
        seed |= std::uint64_t{digest.bytes[i]} << (8 * i);
    }
    return seed;
}

std::uint64_t noise_seed_of(const ResolvedShot& shot, std::int32_t take) {
    NIGHTREEL_CHECK(take >= 1, "takes are counted from 1");
    if (!shot.take_seeds.empty()) {
        NIGHTREEL_CHECK(take <= std::ssize(shot.take_seeds), "each take has its seed");
        return shot.take_seeds[static_cast<std::size_t>(take) - 1];
    }
    if (!shot.seed_is_given)
        return derived_seed(shot.seed, shot.noise_of.value_or(shot.name), take);
    return take == 1 ? shot.seed : derived_seed(shot.seed, "", take);
}

std::string noise_seed_text(std::uint64_t seed) {
    return fmt::format("0x{:016x}", seed);
}

}  // namespace nightreel
