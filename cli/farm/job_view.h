#pragma once
// A job as people see it, from the scheduler's JSON: progress while it runs, and what became of it.
// Text goes to stderr; one thread.

#include <cstdint>
#include <map>
#include <string>

#include "cli/verbs.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// "1:02:03", "4:05"
std::string duration_text(double seconds);

// Live on a terminal, a plain line now and then elsewhere.
class ProgressView {
  public:
    explicit ProgressView(const Surroundings& surroundings) : surroundings_(surroundings) {}

    ~ProgressView() { clear(); }

    ProgressView(const ProgressView&) = delete;
    ProgressView& operator=(const ProgressView&) = delete;

    // `news` is {"job": head} as listings have it.
    void show(const Json& news);
    // Takes the live lines off the terminal.
    void clear();

  private:
    std::string summary(const Json& head, Millis now);
    void draw(const std::string& text);

    const Surroundings& surroundings_;
    std::size_t lines_drawn_ = 0;
    Millis began_{-1};
    double fraction_at_begin_ = 0;
    Millis last_line_{-1};
};

// One line for each failed task and how to go on; empty when nothing failed.
std::string failures_text(const Json& head);

// 0 done, 1 failed, 7 cancelled.
int exit_code_of_job(const Json& head);

}  // namespace nightreel::cli
