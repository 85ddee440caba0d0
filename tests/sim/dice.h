#pragma once
// The only source of chance in a simulation: one seed, one stream. One thread.

#include <cstddef>
#include <cstdint>
#include <random>

#include "shotspec/base/clock.h"

namespace nightreel::sim {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint64_t>(limit)); }

    std::size_t index(std::size_t size) { return static_cast<std::size_t>(random_() % size); }

    bool chance(int per_mille) { return below(1000) < per_mille; }

    Millis between(Millis low, Millis high) {
        const auto span = static_cast<std::uint64_t>((high - low).count()) + 1;
        return low + Millis(static_cast<Millis::rep>(random_() % span));
    }

    std::uint64_t word() { return random_(); }

  private:
    std::mt19937_64 random_;
};

}  // namespace nightreel::sim
