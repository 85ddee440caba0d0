#pragma once
// The render program as a worker sees it: kept warm between tasks, given one order at a time, and
// stopped when it is told to, dies, or shows no progress. Whatever it does becomes one outcome.
// Nothing here waits; time is handed in. Owned by one thread, which lives as long as it does.

#include <cstdint>
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
    static constexpr Millis stall_default{10 * 60'000};

    Millis stall = stall_default;  // without a line, in a task
    Millis farewell{5'000};        // from SIGTERM to SIGKILL, and from that to giving it up
    std::size_t log_tail_bytes_max = 16 * 1024;
    std::size_t log_bytes_max = std::size_t{8} << 20;  // of one attempt, on disk
};

struct RenderFailure {
    ErrorKind kind = ErrorKind::crash;
    std::string text;
    std::vector<Digest> lost;  // inputs found missing or damaged
    // Somebody or something else ended the renderer: no fault of the task or the machine.
    bool was_killed = false;
};

using RenderOutcome = std::variant<TaskResult, RenderFailure>;

struct RenderTask {
    TaskRequest request;
    std::filesystem::path log_path;
    std::string heading;  // first line of the log
    Millis stall{0};      // that its model asks for; the larger of it and the limit counts
};

class RenderChild {
  public:
    RenderChild(ChildProgram program, RenderLimits limits);
    ~RenderChild();

    // Starts the program if none is warm, and gives it the order. Throws Error{unavailable} when it
    // cannot be started.
    void begin(const RenderTask& task, Millis now);

    // Takes in what has happened. Gives the outcome of the task once; then another may begin.
    std::optional<RenderOutcome> pump(Millis now);

    // The task is not wanted any more: its outcome will be `cancelled`.
    void cancel(Millis now);

    bool busy() const { return busy_; }

    // False while a process that was killed has not ended: it may hold the device. In a driver's
    // call that may last.
    bool is_ready() const { return dying_.empty(); }

    const TaskProgress& progress() const { return progress_; }

    const std::string& log_tail() const { return log_tail_; }

    // What the task wrote to its log from `offset` on, as far as it is still in the tail; at most
    // `bytes_max`, as UTF-8.
    struct LogPiece {
        std::uint64_t offset = 0;
        std::string text;

        std::uint64_t end() const { return offset + text.size(); }
    };

    LogPiece log_from(std::uint64_t offset, std::size_t bytes_max) const;

    std::uint64_t log_said() const { return log_said_; }

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
    std::optional<RenderOutcome> watch_limits(Millis now);
    RenderFailure failure_of_exit(const ChildEnd& end) const;
    void take_log();
    void add_to_log(const std::string& text);
    void end_task(RenderOutcome& outcome);
    void retire();

    ChildProgram program_;
    RenderLimits limits_;
    std::unique_ptr<ChildProcess> child_;
    std::vector<std::unique_ptr<ChildProcess>> dying_;  // killed, and not ended yet
    bool busy_ = false;
    Millis stall_{0};  // of the task
    TaskProgress progress_;
    Millis pumped_{0};
    Millis last_line_{0};
    std::optional<Millis> kill_at_;  // it has been asked to stop
    std::optional<RenderFailure> stopped_because_;
    std::uint64_t memory_kills_ = 0;  // when the task began
    std::string log_tail_;
    std::filesystem::path log_path_;
    std::uint64_t log_said_ = 0;   // in all
    std::size_t log_written_ = 0;  // to the file
};

}  // namespace nightreel
