#pragma once
// What a daemon does while it lives. One thread.

#include <optional>
#include <string>

#include "shotspec/base/clock.h"
#include "shotspec/base/descriptor.h"
#include "shotspec/base/stop_signal.h"

namespace nightreel {

// Runs the tasks of those that connect, one after the other, with the models of all of them kept
// open. Refuses those that were given other GPUs than `gpus`. Returns when it was stopped, when
// nobody has come for `idle_max`, and after a failure that may have left this process in a bad
// state.
void serve_tasks(const Descriptor& listener,
                 const std::optional<std::string>& gpus,
                 const StopSignal& stop,
                 Millis idle_max,
                 const Clock& clock);

}  // namespace nightreel
