#pragma once
// How much of a night is usable, and what that took. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "shotspec/describe/fields.h"

namespace nightreel {

// How much of the night is worth looking at (docs/takes.md).
struct NightYield {
    std::int64_t takes = 0;   // published
    std::int64_t usable = 0;  // of them without a flag
    double usable_share = 0;
    std::optional<double> takes_per_usable = {};  // absent: none is usable
    double usable_seconds = 0;                    // their length
    // What the tasks of the job took; absent where nobody measured it.
    std::optional<double> device_seconds = {};
    std::optional<double> usable_seconds_per_device_hour = {};
};

template <class Visitor>
void describe(NightYield& value, Visitor& field) {
    field("takes", value.takes, {.meaning = "Number of published takes."});
    field("usable", value.usable, {.meaning = "Number of takes without a flag."});
    field("usable_share", value.usable_share, {.meaning = "Usable takes by published ones."});
    field(
        "takes_per_usable", value.takes_per_usable, {.meaning = "Published takes by usable ones."});
    field("usable_seconds",
          value.usable_seconds,
          {.meaning = "Length of the usable takes, handles included."});
    field("device_seconds",
          value.device_seconds,
          {.meaning = "Measured seconds of the job's tasks, over all workers."});
    field("usable_seconds_per_device_hour",
          value.usable_seconds_per_device_hour,
          {.meaning = "usable_seconds by device_seconds, for 3600 s."});
}

// With the ratios that follow from the counts.
NightYield with_ratios(NightYield yield);

// "3 of 4 takes usable (75 %); 1.3 takes per usable one; 412 s usable per device hour": one line;
// empty where no take is published.
std::string yield_text(const NightYield& yield);

}  // namespace nightreel
