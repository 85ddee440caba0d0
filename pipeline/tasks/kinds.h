#pragma once
// One function a kind of task. Each reads its inputs, writes its files into the staging folder, and
// tells what is worth knowing of the attempt. One thread.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan/task_order.h"
#include "pipeline/tasks/inputs.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/pulse.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {

class Engine;

struct TaskContext {
    const TaskRequest& request;
    TaskInputs inputs;
    Engines& engines;
    TaskObserver& observer;
    const Clock& clock;
    std::filesystem::path staging;

    // The engine of the order's model on the request's device. Its pulse, unless another one is
    // given, tells the observer that the task is alive.
    Engine& engine(const ModelReference& model, Pulse pulse = {}) const;
    // Reports progress, and throws Error{cancelled} when nobody wants the task any more.
    void step(double fraction, std::string_view text) const;
    // The same from inside a step.
    void alive(std::optional<double> fraction = {}) const;

  private:
    void stop_if_cancelled() const;
};

struct TaskWork {
    double seconds = 0;        // of the model's own work
    std::string device_class;  // empty: no model took part
    std::string precision;
    Json facts = Json::object();
    std::optional<std::vector<TaskCommit>> commit = {};
};

// Files of an artifact.
inline constexpr const char* encoded_file = "encoded.safetensors";
inline constexpr const char* latents_file = "latents.safetensors";
inline constexpr const char* handed_over_file = "handed_over.safetensors";
inline constexpr const char* frames_name = "frame";  // frame.1001.exr
inline constexpr const char* metrics_file = "metrics.json";
inline constexpr const char* series_file = "series.json";
inline constexpr const char* plot_file = "plot.svg";
inline constexpr const char* ranking_file = "ranking.json";
inline constexpr const char* movie_file = "movie.mp4";
inline constexpr const char* contact_file = "contact.png";
inline constexpr const char* thumbnail_file = "thumb.png";

TaskWork run_encode(const EncodeOrder& order, const TaskContext& context);
TaskWork run_sample(const SampleOrder& order, const TaskContext& context);
TaskWork run_decode(const DecodeOrder& order, const TaskContext& context);
TaskWork run_measure(const MeasureOrder& order, const TaskContext& context);
TaskWork run_proxy(const ProxyOrder& order, const TaskContext& context);
TaskWork run_publish(const PublishOrder& order, const TaskContext& context);
TaskWork run_dailies(const DailiesOrder& order, const TaskContext& context);
TaskWork run_retime(const RetimeOrder& order, const TaskContext& context);
TaskWork run_rank(const RankOrder& order, const TaskContext& context);
TaskWork run_hand_over(const HandOverOrder& order, const TaskContext& context);
TaskWork run_ingest(const IngestOrder& order, const TaskContext& context);
TaskWork run_assemble(const AssembleOrder& order, const TaskContext& context);

// Who works on the request, and the time that it is now. `device_class`: of the engine; empty for
// work that needs none, which the processor does.
TaskMaker maker_of(const TaskRequest& request, std::string_view device_class, const Clock& clock);

// Seconds since a time of the same clock.
double seconds_since(Millis begin, const Clock& clock);

}  // namespace nightreel
