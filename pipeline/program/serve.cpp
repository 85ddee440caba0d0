#include "pipeline/program/serve.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/program/lines.h"
#include "pipeline/program/task_log.h"
#include "pipeline/tasks/attempt.h"
#include "pipeline/tasks/engines.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel {
namespace {

// A line comes for every such part of a task, and as often as this from a task that is alive, so
// that its worker can tell slow from stuck.
constexpr double progress_step = 0.005;
constexpr Millis line_every{1'000};

// Where the worker reads. Owns what was standard output.
class LineOutput {
  public:
    LineOutput() : descriptor_(dup(STDOUT_FILENO)) {
        if (descriptor_ < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
            throw Error(ErrorKind::unavailable,
                        fmt::format("standard output: {}", std::strerror(errno)));
        }
    }

    ~LineOutput() { close(descriptor_); }

    LineOutput(const LineOutput&) = delete;
    LineOutput& operator=(const LineOutput&) = delete;

    void write(const ChildLine& line) {
        const std::string text = to_json_text(line) + "\n";
        for (std::size_t at = 0; at < text.size();) {
            const ssize_t sent = ::write(descriptor_, text.data() + at, text.size() - at);
            if (sent < 0 && errno == EINTR) continue;
            if (sent < 0) throw Error(ErrorKind::cancelled, "the worker closed the connection");
            at += static_cast<std::size_t>(sent);
        }
    }

  private:
    int descriptor_;
};

class WorkerObserver final : public TaskObserver {
  public:
    WorkerObserver(LineInput& input, LineOutput& output, TaskLog& log, const Clock& clock)
        : input_(input), output_(output), log_(log), clock_(clock) {}

    void progress(double fraction, std::string_view text) override {
        log_.step(fraction, text);
        text_ = text;
        tell(fraction);
    }

    void alive(std::optional<double> fraction) override { tell(fraction.value_or(fraction_)); }

    void note(std::string_view line) override { log_.note(line); }

    bool cancelled() override {
        cancelled_ = cancelled_ || input_.asks_to_stop();
        return cancelled_;
    }

  private:
    void tell(double fraction) {
        fraction_ = std::max(fraction_, fraction);
        const Millis now = clock_.steady();
        const bool is_due =
            !said_at_ || now - *said_at_ >= line_every || fraction_ >= said_ + progress_step;
        if (!is_due) return;
        said_at_ = now;
        said_ = fraction_;
        ChildLine line;
        line.progress = TaskProgress{fraction_, text_};
        output_.write(line);
    }

    LineInput& input_;
    LineOutput& output_;
    TaskLog& log_;
    const Clock& clock_;
    std::string text_;
    double fraction_ = 0;
    double said_ = 0;
    std::optional<Millis> said_at_;
    bool cancelled_ = false;
};

}  // namespace

int run_serve(std::span<const std::string> arguments) {
    const bool has_memory = arguments.size() == 2 && arguments[0] == "--digests";
    if (!arguments.empty() && !has_memory) {
        throw Error(ErrorKind::usage, "--serve accepts only --digests FILE");
    }
    const SystemClock clock;
    const StopOnSignals stop;
    LineOutput output;
    LineInput input(STDIN_FILENO, stop);
    Engines engines(has_memory ? arguments[1] : std::string());
    while (const auto line = input.wait()) {
        TaskLog log(say_text, clock);
        WorkerObserver observer(input, output, log, clock);
        const ChildLine end = attempt([&] {
            const TaskRequest request = task_request_from_json(*line);
            log.begin(request);
            return run_task(request, engines, observer, clock);
        });
        log.end(end);  // before the worker is told, so that no line comes after its end
        output.write(end);
    }
    return 0;
}

}  // namespace nightreel
