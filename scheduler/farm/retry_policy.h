#pragma once
// What becomes of a task whose attempt did not end well: by kind of failure, each with a limit.
// Private to this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/farm/able_workers.h"
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

// Somebody took the task from its worker.
Event after_stop(const Situation& at, TaskKey key, const std::string& why);

// The worker has had the accepted result of the task for longer than publishing_limit: another that
// could take the task makes it again; while there is none, it is waited for the first. Nothing:
// the task stays where it is.
std::optional<Event> after_stuck_publishing(const Situation& at, TaskKey key, AbleWorkers& able);

// No worker could run it for so long.
Event give_up(const Situation& at, TaskKey key, Millis waited, const std::string& why);

// What is told to people: why, which limit was reached, and the command that goes on.
std::string at_the_limit(const Farm& farm,
                         TaskKey key,
                         std::string_view why,
                         std::string_view limit);

// The worker is set aside when this failure is one too many in a row.
std::optional<Event> judge_worker(const Situation& at,
                                  const WorkerId& worker,
                                  const Event& ending,
                                  TaskKey key);

}  // namespace nightreel
