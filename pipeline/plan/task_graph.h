#pragma once
// A night as tasks that need each other. Pure values, any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/plan/task_order.h"

namespace nightreel {

// Estimates, from the model card.
struct TaskCost {
    double seconds = 0;
    std::int64_t memory_bytes = 0;    // the least that works: what a task is placed by
    std::int64_t resident_bytes = 0;  // with which it is fastest: no weights are streamed
    std::int64_t disk_bytes = 0;
};

template <class Visitor>
void describe(TaskCost& value, Visitor& field) {
    field("seconds",
          value.seconds,
          {.meaning = "Estimated seconds on the reference machine of the model card."});
    field("memory_bytes", value.memory_bytes, {.meaning = "Minimum memory."});
    field("resident_bytes",
          value.resident_bytes,
          {.meaning = "Memory that keeps all weights loaded, so that none are streamed."});
    field("disk_bytes", value.disk_bytes, {.meaning = "Size of the result in bytes."});
}

struct PlannedTask {
    std::string name;       // "sq010_sh0010.take01.sample03"; a shot's own: "sq010_sh0010.encode"
    std::string shot;       // empty: it belongs to all of them
    std::int32_t take = 0;  // 0: belongs to all takes of the shot
    TaskOrder order;
    Digest digest;                     // digest_of(order)
    std::vector<std::uint32_t> needs;  // indices of earlier tasks whose results it reads
    TaskCost cost;
    std::vector<std::uint32_t> after = {};  // of earlier ones that have ended first, well or not
};

// Tasks stand after what they need.
struct TaskGraph {
    std::vector<PlannedTask> tasks;
};

}  // namespace nightreel
