#include "pipeline/picture/colour/timecode.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/base/check.h"

namespace nightreel {

std::int64_t timecode_base(FrameRate rate) {
    NIGHTREEL_CHECK(rate.numerator > 0 && rate.denominator > 0, "a frame rate is positive");
    const std::int64_t numerator = rate.numerator;
    const std::int64_t denominator = rate.denominator;
    return std::max<std::int64_t>(1, (2 * numerator + denominator) / (2 * denominator));
}

Timecode timecode_of(std::int64_t frame, FrameRate rate) {
    const std::int64_t base = timecode_base(rate);
    const std::int64_t day = base * 24 * 60 * 60;
    const std::int64_t count = ((frame % day) + day) % day;
    const std::int64_t seconds = count / base;
    return {.hours = static_cast<int>(seconds / 3600),
            .minutes = static_cast<int>(seconds / 60 % 60),
            .seconds = static_cast<int>(seconds % 60),
            .frames = static_cast<int>(count % base)};
}

std::string text_of(Timecode timecode) {
    return fmt::format("{:02}:{:02}:{:02}:{:02}",
                       timecode.hours,
                       timecode.minutes,
                       timecode.seconds,
                       timecode.frames);
}

}  // namespace nightreel
