#pragma once
// The progress of a job while it runs. Text goes to stderr; one thread.

#include <cstdint>
#include <string>

#include "cli/verbs.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// Live on a terminal, a plain line now and then elsewhere. What it shows never goes back, also when
// a running task is lost.
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
    std::string summary(const Json& head, double fraction, Millis now);
    std::string left_text(const Json& head, double fraction, Millis now) const;
    void draw(const std::string& text);

    const Surroundings& surroundings_;
    std::size_t lines_drawn_ = 0;
    Millis began_{-1};
    double fraction_at_begin_ = 0;
    double fraction_shown_ = 0;
    Millis last_line_{-1};
};

}  // namespace nightreel::cli
