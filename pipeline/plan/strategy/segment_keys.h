#pragma once
// Key pictures of a segment, in orders. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "shotspec/describe/fields.h"

namespace nightreel {

// A picture that is a clean latent frame of a segment.
struct SegmentKey {
    std::string array;        // of the encode task's result
    std::int32_t latent = 0;  // of the segment
};

template <class Visitor>
void describe(SegmentKey& value, Visitor& field) {
    field("array", value.array, {.meaning = "Name of the picture in the encode task's result."});
    field("latent", value.latent, {.meaning = "Latent frame of the segment, from 0."});
}

// Pictures that a segment between two of them begins and ends with. Indices are those of the key
// pictures in their order, for what an image encoder has read of all of them.
struct SegmentEnds {
    std::string first;  // array of the encode task's result
    std::int32_t first_index = 0;
    std::optional<std::string> last = {};  // absent: of the last gap, which ends without one
    std::int32_t pictures = 1;             // of the take
};

template <class Visitor>
void describe(SegmentEnds& value, Visitor& field) {
    field("first", value.first, {.meaning = "Name of the first picture in the encode result."});
    field("first_index", value.first_index, {.meaning = "Index of that picture in the take."});
    field("last", value.last, {.meaning = "Name of the last picture; absent: none."});
    field("pictures", value.pictures, {.meaning = "Number of key pictures in the take."});
}

}  // namespace nightreel
