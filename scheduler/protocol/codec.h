#pragma once
// Messages as bytes: one CBOR object {"protocol", "message", "request", "body"} each. What is
// malformed, too long or of another version is refused with an Error that says so; nothing that
// arrives can do more than that. Pure, any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "scheduler/protocol/client_messages.h"
#include "scheduler/protocol/messages.h"
#include "shotspec/base/error.h"

namespace nightreel::wire {

template <class Messages>
struct Received {
    Messages message;
    std::uint64_t request = 0;  // of a client; a reply repeats it
};

// Throws Error{internal} when the message is larger than message_bytes_max. Instantiated for the
// four message sets.
template <class Messages>
std::string encode(const Messages& message, std::uint64_t request = 0);

// A message of workers from a client, or the other way round: the sender's key has another role.
class WrongSide : public Error {
  public:
    using Error::Error;
};

// Throws Error{bad_input}; with another protocol version, Error{not_allowed} that names both; and
// WrongSide{not_allowed}, which says what the message requires.
template <class Messages>
Received<Messages> decode(std::span<const std::byte> bytes);

template <class Messages>
Received<Messages> decode(const std::string& bytes) {
    return decode<Messages>(std::as_bytes(std::span(bytes)));
}

}  // namespace nightreel::wire
