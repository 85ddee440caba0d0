#pragma once
// A stream of random numbers named by (seed, stream): the same name gives the same numbers on every
// machine. Owned by whoever draws a record or a caption; one thread.

#include <cstddef>
#include <cstdint>

#include "shotspec/base/random.h"

namespace nightreel::toybox {

class Dice {
  public:
    explicit Dice(std::uint64_t seed, std::uint64_t stream = 0);

    double uniform();                      // [0, 1), 53 bits
    std::size_t below(std::size_t limit);  // [0, limit), limit > 0

    bool chance(double probability) { return uniform() < probability; }

  private:
    std::uint64_t next();

    PhiloxKey key_;
    PhiloxCounter counter_;
    PhiloxCounter words_{};
    bool has_second_half_ = false;
};

}  // namespace nightreel::toybox
