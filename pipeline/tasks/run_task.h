#pragma once
// The one function that does work. A task is a pure function of its order and the bytes of its
// inputs: what it writes into the staging folder does not depend on the host, the hour or the
// attempt. Engines and observer are borrowed for the call; one thread.

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/plan/task_request.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/error.h"

namespace nightreel {

class Engines;

// Who waits for the task.
class TaskObserver {
  public:
    virtual ~TaskObserver() = default;
    // `fraction` of the task is done, 0 to 1, never less than before.
    virtual void progress(double fraction, std::string_view text) = 0;
    // Called often, from inside a step: the task is not stuck. `fraction` as in `progress`, where
    // it is known.
    virtual void alive(std::optional<double> fraction) = 0;
    // A line for the log of the attempt.
    virtual void note(std::string_view line) = 0;
    // Asked between steps and frames and inside them; true ends the task with Error{cancelled}.
    virtual bool cancelled() = 0;
};

// An input is missing or its files are not what their digest promises: it has to be made again.
class LostInput : public Error {
  public:
    LostInput(Digest digest, const std::string& what)
        : Error(ErrorKind::corrupt, what), digest_(digest) {}

    const Digest& digest() const noexcept { return digest_; }

  private:
    Digest digest_;
};

// Does what the order says and leaves its files in `request.staging`, which must be there and be
// empty. What it prepares outside of it waits for a commit (TaskResult::commit) and is noted beside
// it (pipeline/plan/prepared_note.h). Throws Error; after that staging folder and what was prepared
// are worth nothing.
TaskResult run_task(const TaskRequest& request,
                    Engines& engines,
                    TaskObserver& observer,
                    const Clock& clock);

}  // namespace nightreel
