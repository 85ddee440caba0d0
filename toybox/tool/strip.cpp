#include "toybox/tool/strip.h"

#include "shotspec/base/check.h"

namespace nightreel::toybox {

FrameRgb strip_of(std::span<const Frame> frames) {
    NIGHTREEL_CHECK(!frames.empty(), "a strip shows at least one frame");
    constexpr std::size_t row_values = std::size_t{frame_width} * 3;
    FrameRgb strip{frame_width * static_cast<int>(frames.size()), frame_height, {}};
    strip.rgb.reserve(frames.size() * frames.front().rgb.size());
    for (std::size_t y = 0; y < frame_height; ++y) {
        for (const Frame& frame : frames) {
            for (std::size_t i = 0; i < row_values; ++i) {
                const std::uint8_t level = frame.rgb[y * row_values + i];
                strip.rgb.push_back(static_cast<float>(level) / 255.0F);
            }
        }
    }
    return strip;
}

}  // namespace nightreel::toybox
