#pragma once
// What a TD needs to see how an attempt went, as plain lines: what it began with, its steps with
// seconds, warnings, the whole text of an error, and how it ended. One object for each attempt; one
// thread.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/plan/task_request.h"
#include "shotspec/base/clock.h"

namespace nightreel {

class TaskLog {
  public:
    // Steps that take the task less further than this have no line of their own.
    static constexpr double step_min = 0.005;

    // `write` gets each line, with its end, at once. `clock` must outlive this.
    TaskLog(std::function<void(std::string_view line)> write, const Clock& clock);

    void begin(const TaskRequest& request);
    // As in TaskObserver: `fraction` of the task is done.
    void step(double fraction, std::string_view text);
    void note(std::string_view text);
    // The result or the failure in `line`.
    void end(const ChildLine& line);

  private:
    void line(std::string_view text);

    std::function<void(std::string_view line)> write_;
    const Clock& clock_;
    Millis begun_;
    std::optional<double> told_fraction_;
    std::string told_kind_;  // text of the step without its numbers
};

// What an order makes, in one line: "sample: show demo, shot sh010, take 1, segment 2".
std::string summary_of(const TaskOrder& order);

}  // namespace nightreel
