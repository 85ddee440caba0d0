#pragma once
// The render program as a worker sees it: kept warm between tasks, given one order at a time, and
// stopped when it is told to, dies, or shows no progress. Whatever it does becomes one outcome.
// Nothing here waits; time is handed in. Owned by one thread, which lives as long as it does.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipeline/plan/task_request.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/error.h"
#include "worker/child_process.h"

namespace nightreel {

struct RenderLimits {
    Millis stall{10 * 60'000};  // without a line, in a task
    Millis farewell{5'000};     // from SIGTERM to SIGKILL
    std::size_t log_tail_bytes_max = 16 * 1024;
    std::size_t log_bytes_max = std::size_t{8} << 20;  // of one attempt, on disk
};

using RenderOutcome = std::variant<TaskResult, TaskFailure>;

class RenderChild {
  public:
    RenderChild(ChildProgram program, RenderLimits limits);
    ~RenderChild();

    // Starts the program if none is warm, and gives it the order. Its log goes to `log_path`.
    void begin(const TaskRequest& request, const std::filesystem::path& log_path, Millis now);

    // Takes in what has happened. Gives the outcome of the task once; then another may begin.
    std::optional<RenderOutcome> pump(Millis now);

    // The task is not wanted any more: its outcome will be `cancelled`.
    void cancel(Millis now);

    bool busy() const { return busy_; }

    const TaskProgress& progress() const { return progress_; }

    const std::string& log_tail() const { return log_tail_; }

    // What to poll, and until when at most.
    struct Descriptor {
        int value = -1;
        bool for_writing = false;
    };

    std::vector<Descriptor> descriptors() const;
    std::optional<Millis> next_deadline() const;

  private:
    std::optional<RenderOutcome> take_in(Millis now);
    std::optional<RenderOutcome> read_lines(Millis now);
    void watch_limits(Millis now);
    RenderOutcome outcome_of_exit(const ChildExit& exit) const;
    void take_log();
    void end_task();

    ChildProgram program_;
    RenderLimits limits_;
    std::unique_ptr<ChildProcess> child_;
    bool busy_ = false;
    TaskProgress progress_;
    Millis last_line_{0};
    std::optional<Millis> kill_at_;  // it has been asked to stop
    std::optional<TaskFailure> stopped_because_;
    std::string log_tail_;
    std::filesystem::path log_path_;
    std::size_t log_bytes_ = 0;
};

}  // namespace nightreel
