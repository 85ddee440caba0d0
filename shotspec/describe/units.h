#pragma once
// Sizes, rates and ranges as values that carry their meaning. Plain values, any thread.

#include <compare>
#include <cstdint>

#include "shotspec/describe/fields.h"

namespace nightreel {

// Keeps frame arithmetic inside 64 bits.
inline constexpr std::int32_t frame_rate_part_max = 1'000'000;

// Frames a second as a fraction: 24/1, 24000/1001.
struct FrameRate {
    std::int32_t numerator = 24;
    std::int32_t denominator = 1;

    double per_second() const { return static_cast<double>(numerator) / denominator; }

    friend bool operator==(const FrameRate&, const FrameRate&) = default;
};

template <class Visitor>
void describe(FrameRate& value, Visitor& field) {
    field("numerator",
          value.numerator,
          {.meaning = "Frames in `denominator` seconds.", .minimum = 1});
    field("denominator", value.denominator, {.meaning = "Number of seconds.", .minimum = 1});
}

// In pixels.
struct PictureSize {
    std::int32_t width = 0;
    std::int32_t height = 0;

    friend bool operator==(const PictureSize&, const PictureSize&) = default;
};

template <class Visitor>
void describe(PictureSize& value, Visitor& field) {
    field("width", value.width, {.meaning = "Pixels across.", .minimum = 1});
    field("height", value.height, {.meaning = "Pixels down.", .minimum = 1});
}

// Frame numbers, both ends included.
struct FrameRange {
    std::int64_t first = 0;
    std::int64_t last = -1;

    std::int64_t count() const { return last - first + 1; }

    friend bool operator==(const FrameRange&, const FrameRange&) = default;
};

template <class Visitor>
void describe(FrameRange& value, Visitor& field) {
    field("first", value.first, {.meaning = "First frame number."});
    field("last", value.last, {.meaning = "Last frame number, included."});
}

// A length in time as somebody wrote it; it becomes frames when the rate is known.
enum class LengthUnit { microseconds, frames };

// Over eleven days; keeps the arithmetic inside 64 bits.
inline constexpr std::int64_t length_seconds_max = 1'000'000;

struct Length {
    LengthUnit unit = LengthUnit::frames;
    std::int64_t amount = 0;

    friend bool operator==(const Length&, const Length&) = default;
};

struct ByteCount {
    std::int64_t bytes = 0;

    friend auto operator<=>(const ByteCount&, const ByteCount&) = default;
};

}  // namespace nightreel
