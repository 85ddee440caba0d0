#include "pipeline/tasks/run_task.h"

#include <utility>

#include <fmt/format.h>

#include "pipeline/model/tensor/machine_class.h"
#include "pipeline/plan/estimate/task_rates.h"
#include "pipeline/tasks/engines.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/memory.h"
#include "pipeline/tasks/rounds/not_needed.h"
#include "pipeline/tasks/processor_time.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/version.h"

namespace nightreel {
namespace {

constexpr const char* class_without_model = "cpu";
constexpr const char* precision_without_model = "float32";

void refuse_used_staging(const std::filesystem::path& staging) {
    std::error_code error;
    if (!std::filesystem::is_directory(staging, error)) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("staging folder {} does not exist", staging.string()));
    }
    if (!std::filesystem::is_empty(staging, error) || error) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("staging folder {} is not empty: each attempt requires an empty one",
                        staging.string()));
    }
}

// Engines outlive the task whose observer they tell.
class ListeningEngines {
  public:
    explicit ListeningEngines(Engines& engines) : engines_(engines) {}

    ~ListeningEngines() { engines_.forget_listeners(); }

    ListeningEngines(const ListeningEngines&) = delete;
    ListeningEngines& operator=(const ListeningEngines&) = delete;

  private:
    Engines& engines_;
};

// Its result would be stored under the name of bytes that only machines of that class make.
void refuse_other_class(const TaskRequest& request) {
    const std::optional<std::string> wanted = device_class_of(request.order);
    if (!wanted) return;
    const std::string own = machine_class(request.device, request.threads, request.precision);
    if (own == *wanted) return;
    throw Error(ErrorKind::unfit,
                fmt::format("the shot is reproducible: strict and was planned for device class "
                            "'{}', but this machine is '{}': run the task on a machine of that "
                            "class",
                            *wanted,
                            own));
}

// What "auto" turned out to be: the processor, or the first GPU.
std::string device_used(const TaskRequest& request, std::string_view device_class) {
    if (device_class.empty() || device_class.starts_with("cpu ")) return "cpu";
    return request.device == "auto" ? "cuda:0" : request.device;
}

TaskWork work_on(const TaskOrder& order, const TaskContext& context) {
    return std::visit(Overloaded{
                          [&](const EncodeOrder& one) { return run_encode(one, context); },
                          [&](const SampleOrder& one) { return run_sample(one, context); },
                          [&](const DecodeOrder& one) { return run_decode(one, context); },
                          [&](const MeasureOrder& one) { return run_measure(one, context); },
                          [&](const ProxyOrder& one) { return run_proxy(one, context); },
                          [&](const PublishOrder& one) { return run_publish(one, context); },
                          [&](const DailiesOrder& one) { return run_dailies(one, context); },
                          [&](const HandOverOrder& one) { return run_hand_over(one, context); },
                          [&](const RetimeOrder& one) { return run_retime(one, context); },
                          [&](const IngestOrder& one) { return run_ingest(one, context); },
                          [&](const AssembleOrder& one) { return run_assemble(one, context); },
                          [&](const RankOrder& one) { return run_rank(one, context); },
                      },
                      order);
}

}  // namespace

TaskMaker maker_of(const TaskRequest& request, std::string_view device_class, const Clock& clock) {
    return {.worker = request.worker,
            .host = host_name(),
            .device = device_used(request, device_class),
            .finished_at = utc_text(clock.wall()),
            .nightreel = nightreel_version};
}

double seconds_since(Millis begin, const Clock& clock) {
    return std::chrono::duration<double>(clock.steady() - begin).count();
}

Engine& TaskContext::engine(const ModelReference& model, Pulse pulse) const {
    if (!pulse) pulse = [this](double) { alive(); };
    step(0, fmt::format("opening model {}", model.name));
    return engines.of({.model = model,
                       .model_roots = request.model_roots,
                       .device = request.device,
                       .threads = request.threads,
                       .precision = request.precision,
                       .memory_bytes = request.memory_bytes,
                       .lean = request.lean,
                       .pulse = std::move(pulse),
                       .note = [this](std::string_view line) { observer.note(line); }});
}

void TaskContext::step(double fraction, std::string_view text) const {
    observer.progress(fraction, text);
    stop_if_cancelled();
}

void TaskContext::alive(std::optional<double> fraction) const {
    observer.alive(fraction);
    stop_if_cancelled();
}

void TaskContext::stop_if_cancelled() const {
    if (observer.cancelled()) throw Error(ErrorKind::cancelled, "stopped on request");
}

TaskResult run_task(const TaskRequest& request,
                    Engines& engines,
                    TaskObserver& observer,
                    const Clock& clock) {
    refuse_used_staging(request.staging);
    refuse_other_class(request);
    reset_peak_memory();
    const Millis began = clock.steady();
    const double processor_seconds_before = processor_seconds();
    const ListeningEngines listening(engines);
    const TaskContext context{.request = request,
                              .inputs = TaskInputs(request.inputs),
                              .engines = engines,
                              .observer = observer,
                              .clock = clock,
                              .staging = request.staging};
    std::optional<TaskWork> nothing = without_work(request.order, context);
    TaskWork work = nothing ? std::move(*nothing) : work_on(request.order, context);
    const MeasuredTask measured{.elapsed_seconds = seconds_since(began, clock),
                                .processor_seconds = processor_seconds() - processor_seconds_before,
                                .workload = workload_of(request.order)};
    // What was not done says nothing about what such a task costs.
    if (!nothing) work.facts[measured_fact] = to_json_value(measured);
    const bool has_model = !work.device_class.empty();
    return {.seconds = work.seconds,
            .device_class = has_model ? work.device_class : class_without_model,
            .precision = has_model ? work.precision : precision_without_model,
            .memory_bytes = peak_memory_bytes(),
            .facts = work.facts.dump(),
            .made_by = maker_of(request, work.device_class, clock),
            .commit = work.commit};
}

}  // namespace nightreel
