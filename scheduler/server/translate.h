#pragma once
// Between what stands on the wire and what the farm understands. Pure, any thread.

#include <optional>
#include <string>

#include "scheduler/farm/commands.h"
#include "scheduler/farm/farm.h"
#include "scheduler/protocol/client_messages.h"
#include "scheduler/protocol/keys.h"
#include "scheduler/protocol/messages.h"

namespace nightreel {

TaskAttempt attempt_from(const wire::Attempt& attempt);
wire::Attempt attempt_on_wire(const TaskAttempt& attempt);

// `worker` is the name that goes with the key: nobody speaks for another. Nothing for a goodbye,
// which changes nothing. `predecessor_heard`: see Hello.
std::optional<Command> command_from(const wire::WorkerMessage& message,
                                    const WorkerId& worker,
                                    std::optional<Millis> predecessor_heard = {});
// The session that a message names.
SessionId session_of(const wire::WorkerMessage& message);

// A request that changes the farm as a command; nothing for one that only asks, and for the pieces
// of a submission. `by` is the name that goes with the asker's key. Throws Error{bad_input}.
std::optional<Command> command_from(const wire::ClientRequest& request, const std::string& by);

// What one must be to ask that.
wire::Role role_needed(const wire::ClientRequest& request);
// The job of a request that a submitter may make for jobs of their own; nothing for others.
std::optional<std::uint64_t> job_of_submitter_request(const wire::ClientRequest& request);
bool may(wire::Role role, wire::Role needed);

wire::Verdict verdict_on_wire(Verdict verdict);

// The reply to a request that changed the farm.
wire::ServerReply reply_from(const Answer& answer);

}  // namespace nightreel
