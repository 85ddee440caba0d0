#pragma once
// How a model that was trained at one frame rate makes frames for a show of another. Positions are
// exact: rates are fractions. Described once here. Pure values, any thread.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// conform: each frame of the model is one delivered frame, so motion runs faster or slower.
// hold: each delivered frame is the model's frame that stands at its time.
// blend: each delivered frame is mixed from the model's frames before and after its time.
enum class RateConversion { conform, hold, blend };

template <>
struct EnumWords<RateConversion> {
    static constexpr auto words = std::to_array<std::pair<RateConversion, std::string_view>>(
        {{RateConversion::conform, "conform"},
         {RateConversion::hold, "hold"},
         {RateConversion::blend, "blend"}});
};

// Two rates and the way from the one to the other.
struct RateChange {
    RateConversion conversion = RateConversion::conform;
    FrameRate made;       // of the model
    FrameRate delivered;  // of the show

    friend bool operator==(const RateChange&, const RateChange&) = default;
};

template <class Visitor>
void describe(RateChange& value, Visitor& field) {
    field("conversion", value.conversion, {.meaning = "How frames are converted."});
    field("made", value.made, {.meaning = "Frame rate of the model."});
    field("delivered", value.delivered, {.meaning = "Frame rate of the delivered frames."});
}

// Number of frames that the model makes for `delivered` frames, at least one.
std::int64_t frames_made_for(std::int64_t delivered, const RateChange& change);

// Where a delivered frame comes from, both counted from 0: frame `first`, and of the one after it
// the share `part` / `whole`.
struct FrameSource {
    std::int64_t first = 0;
    std::int64_t part = 0;  // 0: frame `first` as it is
    std::int64_t whole = 1;

    friend bool operator==(const FrameSource&, const FrameSource&) = default;
};

FrameSource source_of(std::int64_t delivered, const RateChange& change);

// The first delivered frame that shows the model's frame `made` or a later one; both from 0.
std::int64_t first_showing(std::int64_t made, const RateChange& change);

}  // namespace nightreel
