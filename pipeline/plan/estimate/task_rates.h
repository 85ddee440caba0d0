#pragma once
// What tasks have cost on the machines of a farm, by kind, model and device class, and what tasks
// to come will cost by that. Kept from the facts that workers report with each result; pure, any
// thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "pipeline/plan/estimate/workload.h"
#include "pipeline/plan/task_kind.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// Sums over tasks of one kind, model, device class and scale.
struct TaskRate {
    TaskKind kind = TaskKind::sample;
    Digest model;              // of its card; of nothing where the task uses none
    std::string device_class;  // chip, instruction set, threads and precision
    double scale = 0;          // of the workload
    std::int64_t tasks = 0;
    double amount = 0;             // of the workload
    double seconds = 0;            // elapsed, from the task's start to its end
    double processor_seconds = 0;  // of all threads
};

template <class Visitor>
void describe(TaskRate& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "Kind of the tasks."});
    field("model", value.model, {.meaning = "Digest of the model card; zero without a model."});
    field("device_class", value.device_class, {.meaning = "Device class the tasks ran on."});
    field("scale", value.scale, {.meaning = "Size of one call, such as pixels per frame."});
    field("tasks", value.tasks, {.meaning = "Number of tasks."});
    field("amount", value.amount, {.meaning = "Sum of their amounts of work."});
    field("seconds", value.seconds, {.meaning = "Sum of their elapsed seconds."});
    field("processor_seconds",
          value.processor_seconds,
          {.meaning = "Sum of their processor seconds, over all threads."});
}

// What a worker measured of one task. Part of the facts of its result.
struct MeasuredTask {
    double elapsed_seconds = 0;
    double processor_seconds = 0;
    Workload workload;
};

template <class Visitor>
void describe(MeasuredTask& value, Visitor& field) {
    field("elapsed_seconds", value.elapsed_seconds, {.meaning = "Seconds from start to end."});
    field("processor_seconds",
          value.processor_seconds,
          {.meaning = "Processor seconds, over all threads."});
    field("workload", value.workload, {.meaning = "Amount of work."});
}

inline constexpr const char* measured_fact = "measured";  // its name among the facts

class RateBook {
  public:
    static constexpr std::size_t rows_max = 2'000;  // what would be another row is not noted

    // `facts` is the JSON that came with an accepted result; of releases that did not measure, and
    // of results that the store had already, nothing is noted.
    void note(TaskKind kind, const Digest& model, std::string_view facts);

    std::vector<TaskRate> rows() const;

  private:
    using Key = std::tuple<TaskKind, Digest, std::string, double>;
    std::map<Key, TaskRate> rows_;
};

// Seconds of one task.
struct MeasuredCost {
    double seconds = 0;
    double processor_seconds = 0;
};

// From the row of the same kind, model and device class whose scale is nearest; nothing where there
// is none. Tasks without a model are alike on all machines.
std::optional<MeasuredCost> measured_cost(std::span<const TaskRate> rates,
                                          TaskKind kind,
                                          const Digest& model,
                                          std::string_view device_class,
                                          const Workload& workload);

// Device classes that models were sampled on, the one that did most work first.
std::vector<std::string> device_classes_of(std::span<const TaskRate> rates);

}  // namespace nightreel
