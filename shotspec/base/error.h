#pragma once
// One exception type for every fault. The kind is not decoration: it is the scheduler's retry
// policy and the exit code of the program, so it travels from the failing line to both unchanged.

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace nightreel {

enum class ErrorKind {
    bad_input,       // the night file, a model or an argument is wrong: never retried
    usage,           // the command line is wrong
    unreachable,     // no answer from the scheduler
    not_allowed,     // the key or its role does not permit this
    timed_out,       // a limit in time was passed
    cancelled,       // somebody asked for it to stop
    needs_approval,  // waits for a person
    out_of_memory,   // of the device or the host: a larger worker or a leaner plan may do
    unavailable,     // model, disk, driver or network is not there: later, without burning attempts
    corrupt,         // stored data does not have the digest it was stored with: keep the evidence
    crash,           // a child process died: tried elsewhere
    internal,        // our own bug
    unfit,           // this machine cannot do it (device, precision, model): another one may
};

class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}

    ErrorKind kind() const noexcept { return kind_; }

  private:
    ErrorKind kind_;
};

// The word for a kind as it stands in journals, messages and JSON, and back.
std::string_view name_of(ErrorKind kind);
ErrorKind error_kind_named(std::string_view name);  // an unknown word reads as internal

// The exit code that outside scripts rely on.
int exit_code_of(ErrorKind kind);

// Runs `body`; an Error leaving it gains "context: " in front and keeps its kind.
template <class Body>
decltype(auto) in_context(const std::string& context, Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (const Error& error) {
        throw Error(error.kind(), context + ": " + error.what());
    }
}

}  // namespace nightreel
