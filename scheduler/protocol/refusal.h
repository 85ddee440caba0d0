#pragma once
// Refusals that can always be sent: an Error's text may repeat what a peer said, a megabyte of it.
// Pure, any thread.

#include "scheduler/protocol/scheduler_messages.h"
#include "shotspec/base/error.h"

namespace nightreel::wire {

// Text without control characters, of at most text_bytes_max.
Refused refusal(ErrorKind kind, std::string_view text);
Refused refusal_of(const Error& error);

}  // namespace nightreel::wire
