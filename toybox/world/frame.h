#pragma once
// One picture of the toy world. A value; rows from the top, pixels interleaved RGB, 8 bits.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "toybox/world/vocabulary.h"

namespace nightreel::toybox {

struct Frame {
    std::array<std::uint8_t, std::size_t{frame_width} * frame_height * 3> rgb{};

    static constexpr std::size_t offset(int x, int y) {
        return static_cast<std::size_t>(y * frame_width + x) * 3;
    }

    friend bool operator==(const Frame&, const Frame&) = default;
};

using Clip = std::vector<Frame>;

}  // namespace nightreel::toybox
