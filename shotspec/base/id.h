#pragma once
// An integer that cannot be confused with another kind of integer.

#include <compare>
#include <cstdint>

namespace nightreel {

template <class Tag>
struct Id {
    std::uint64_t value = 0;

    friend auto operator<=>(const Id&, const Id&) = default;
};

using JobId = Id<struct JobTag>;
using AttemptId = Id<struct AttemptTag>;

}  // namespace nightreel
