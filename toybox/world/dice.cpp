#include "toybox/world/dice.h"

#include "shotspec/base/check.h"

namespace nightreel::toybox {

Dice::Dice(std::uint64_t seed, std::uint64_t stream)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, 0, static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)} {
}

double Dice::uniform() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::size_t Dice::below(std::size_t limit) {
    NIGHTREEL_CHECK(limit > 0, "a choice needs something to choose from");
    // The product never rounds up to limit: uniform() is at most 1 - 2^-53 and limits here are
    // small.
    return static_cast<std::size_t>(uniform() * static_cast<double>(limit));
}

std::uint64_t Dice::next() {
    if (has_second_half_) {
        has_second_half_ = false;
        return std::uint64_t{words_[3]} << 32 | words_[2];
    }
    words_ = philox4x32(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    has_second_half_ = true;
    return std::uint64_t{words_[1]} << 32 | words_[0];
}

}  // namespace nightreel::toybox
