#pragma once
// Estimates of a plan from what tasks have cost before, in place of those from the model cards.
// Pure, any thread.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pipeline/plan/estimate/task_rates.h"
#include "pipeline/plan/task_graph.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// What the seconds of a plan rest on.
struct EstimateBasis {
    std::string device_class;                // of the figures; empty: all are of the model cards
    std::int64_t measured_tasks = 0;         // whose seconds come from measured ones
    double measured_seconds = 0;             // of those tasks
    double processor_seconds = 0;            // of those tasks, over all threads
    std::vector<std::string> other_classes;  // that the farm has figures of too
};

template <class Visitor>
void describe(EstimateBasis& value, Visitor& field) {
    field("device_class",
          value.device_class,
          {.meaning = "Device class of the measured figures; empty: model cards only."});
    field("measured_tasks",
          value.measured_tasks,
          {.meaning = "Number of tasks estimated from measured figures."});
    field("measured_seconds", value.measured_seconds, {.meaning = "Estimated seconds of these."});
    field("processor_seconds",
          value.processor_seconds,
          {.meaning = "Estimated processor seconds of these, over all threads."});
    field("other_classes",
          value.other_classes,
          {.meaning = "Other device classes with measured figures."});
}

// Of `device_class`, or of the one that did most work where it is empty. Tasks of which nothing is
// measured keep what they have.
EstimateBasis apply_rates(TaskGraph& graph,
                          std::span<const TaskRate> rates,
                          const std::string& device_class = {});

}  // namespace nightreel
