#pragma once
// Seeded whole numbers for laws that are tried on many inputs. The same seed throws the same
// numbers everywhere. One thread.

#include <cstdint>

#include "shotspec/base/random.h"

namespace nightreel {

class Dice {
  public:
    explicit Dice(std::uint32_t seed) : seed_(seed) {}

    // Both ends included.
    std::int64_t between(std::int64_t least, std::int64_t most) {
        const PhiloxCounter words = philox4x32({count_++, 0, 0, 0}, {seed_, 0});
        const std::uint64_t word = std::uint64_t{words[0]} << 32U | words[1];
        return least +
               static_cast<std::int64_t>(word % static_cast<std::uint64_t>(most - least + 1));
    }

  private:
    std::uint32_t seed_;
    std::uint32_t count_ = 0;
};

}  // namespace nightreel
