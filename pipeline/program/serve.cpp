#include "pipeline/program/serve.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/program/lines.h"
#include "pipeline/tasks/attempt.h"
#include "pipeline/tasks/engines.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr double progress_step = 0.005;  // of a task: smaller ones are not worth a line

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
    WorkerObserver(LineInput& input, LineOutput& output) : input_(input), output_(output) {}

    void progress(double fraction, std::string_view text) override {
        if (last_ && fraction < *last_ + progress_step) return;
        last_ = fraction;
        ChildLine line;
        line.progress = TaskProgress{fraction, std::string(text)};
        output_.write(line);
    }

    bool cancelled() override {
        cancelled_ = cancelled_ || input_.asks_to_stop();
        return cancelled_;
    }

  private:
    LineInput& input_;
    LineOutput& output_;
    std::optional<double> last_;
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
        WorkerObserver observer(input, output);
        output.write(attempt(
            [&] { return run_task(task_request_from_json(*line), engines, observer, clock); }));
    }
    return 0;
}

}  // namespace nightreel
