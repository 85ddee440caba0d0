#include "pipeline/picture/colour/timecode.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr std::int64_t base_of_single_frames_max = 30;
constexpr std::int64_t base_of_pairs_max = 60;

bool counts_pairs(FrameRate rate) {
    return timecode_base(rate) > base_of_single_frames_max;
}

}  // namespace

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

std::optional<PackedTimecode> packed(Timecode timecode, FrameRate rate) {
    if (timecode_base(rate) > base_of_pairs_max) return {};
    if (!counts_pairs(rate)) return PackedTimecode{timecode, false};
    const bool is_second = timecode.frames % 2 != 0;
    timecode.frames /= 2;
    return PackedTimecode{timecode, is_second};
}

Timecode unpacked(PackedTimecode packed, FrameRate rate) {
    if (!counts_pairs(rate)) return packed.time;
    packed.time.frames = 2 * packed.time.frames + (packed.field_mark ? 1 : 0);
    return packed.time;
}

}  // namespace nightreel
