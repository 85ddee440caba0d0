#pragma once
// What becomes of a task whose attempt did not end well: by kind of failure, each with a limit.
// Private to this folder.

#include "scheduler/farm/decisions.h"

namespace nightreel {

struct AttemptFailure {
    ErrorKind kind = ErrorKind::internal;
    std::string text;
    FailureCause cause = FailureCause::task;
    std::vector<Digest> lost_inputs;
};

// The task must hold a lease. The last event ends it; before that, lost inputs are declared lost.
std::vector<Event> after_failure(const Situation& at, TaskKey key, const AttemptFailure& failure);

// The worker vanished, gave the task back, or came back without it.
Event after_loss(const Situation& at, TaskKey key, const std::string& why);

// The worker is set aside when this failure is one too many in a row.
std::optional<Event> judge_worker(const Situation& at,
                                  const WorkerId& worker,
                                  const Event& ending,
                                  TaskKey key);

}  // namespace nightreel
