#pragma once
// Who hears of a row of tasks while it runs, whether in the same process or through a socket. One
// thread, that of the row.

#include <string>
#include <string_view>

namespace nightreel {

struct RowProgress {
    double fraction = 0;  // of the whole row, 0 to 1, never less than before
    std::string task;     // that runs
    std::string doing;    // "step 12 of 20"
};

// Why the row ended before its end.
struct RowFailure {
    std::string task;  // that failed; empty: none had begun
    std::string kind;  // "bad_input"
    std::string text;
};

class TaskAudience {
  public:
    virtual ~TaskAudience() = default;
    // Whole lines for people, each with its end.
    virtual void log(std::string_view lines) = 0;
    // At least every few seconds from a row that is alive.
    virtual void progress(const RowProgress& progress) = 0;
    virtual void failed(const RowFailure& failure) = 0;
};

}  // namespace nightreel
