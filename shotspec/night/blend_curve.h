#pragma once
// How much of the second clip each frame of a blend shows. Pure, any thread.

#include <cstdint>
#include <type_traits>
#include <vector>

#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// As a night file has it: [2s, 1].
struct CurvePointAsked {
    Length at;
    double share = 0;
};

template <>
struct RowForm<CurvePointAsked> : std::true_type {};

template <class Visitor>
void describe(CurvePointAsked& value, Visitor& field) {
    field("at", value.at, {.meaning = "Time or frame from the first frame of the take."});
    field(
        "share", value.share, {.meaning = "Share of the second clip.", .minimum = 0, .maximum = 1});
}

struct CurvePoint {
    std::int64_t frame = 0;  // of the take, from 0
    double share = 0;        // of the second clip, 0 to 1

    friend bool operator==(const CurvePoint&, const CurvePoint&) = default;
};

template <class Visitor>
void describe(CurvePoint& value, Visitor& field) {
    field("frame", value.frame, {.meaning = "Frame of the take, from 0."});
    field("share", value.share, {.meaning = "Share of the second clip there."});
}

// Straight lines between the points, of which there is one at least and whose frames rise; before
// and after them the share of the point at that end.
double share_at(const std::vector<CurvePoint>& curve, std::int64_t frame);

}  // namespace nightreel
