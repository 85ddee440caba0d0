#pragma once
// What workers say to the scheduler. Plain values, any thread.

#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scheduler/protocol/attempt.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel::wire {

// The first message of a worker process, and the answer to HelloFirst.
struct Hello {
    static constexpr std::string_view name = "hello";
    std::uint64_t session = 0;
    std::string host;
    std::uint64_t memory_bytes = 0;
    std::vector<Attempt> running;
    std::vector<Attempt> finished;
};

template <class Visitor>
void describe(Hello& value, Visitor& field) {
    field("session",
          value.session,
          {.meaning = "Random number, new at each start.", .required = true});
    field("host", value.host, {.meaning = "Host name."});
    field("memory_bytes", value.memory_bytes, {.meaning = "Device memory in bytes."});
    field("running", value.running, {.meaning = "Attempts in progress."});
    field("finished", value.finished, {.meaning = "Results not yet acknowledged."});
}

// Said only with nothing in hand; a lease that was given before is then given again.
struct AskForWork {
    static constexpr std::string_view name = "ask_for_work";
    std::uint64_t session = 0;
    std::vector<std::string> loaded_models;
};

template <class Visitor>
void describe(AskForWork& value, Visitor& field) {
    field("session", value.session, {.meaning = "Session number of hello.", .required = true});
    field("loaded_models", value.loaded_models, {.meaning = "Models in memory."});
}

struct OfferedModel {
    std::string name;
    Digest digest;
    std::string fault;
};

template <class Visitor>
void describe(OfferedModel& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the model."});
    field("digest", value.digest, {.meaning = "Digest of the model card.", .required = true});
    field("fault", value.fault, {.meaning = "Why it cannot be used; empty when it can."});
}

// What the worker has: after Welcome, and whenever it changes.
struct Offers {
    static constexpr std::string_view name = "offers";
    std::uint64_t session = 0;
    std::string device_class;
    std::vector<OfferedModel> models;
    std::string fault;
};

template <class Visitor>
void describe(Offers& value, Visitor& field) {
    field("session", value.session, {.meaning = "Session number of hello.", .required = true});
    field("device_class",
          value.device_class,
          {.meaning = "Device class: everything about the machine that can change output bytes."});
    field("models", value.models, {.meaning = "Models that the worker has."});
    field("fault",
          value.fault,
          {.meaning = "Why the worker can render nothing now; empty when it can."});
}

struct AttemptProgress {
    Attempt attempt;
    double fraction = 0;
    std::string text;
    // The next bytes of its log, while somebody follows it, and where they begin.
    std::uint64_t log_offset = 0;
    std::string log_chunk;
};

template <class Visitor>
void describe(AttemptProgress& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("fraction", value.fraction, {.meaning = "Completed fraction, 0 to 1."});
    field("text", value.text, {.meaning = "Message for users."});
    field("log_offset", value.log_offset, {.meaning = "Position of log_chunk in the log."});
    field("log_chunk", value.log_chunk, {.meaning = "Next bytes of the log, if it is followed."});
}

struct KeepAlive {
    static constexpr std::string_view name = "keep_alive";
    std::uint64_t session = 0;
    std::vector<AttemptProgress> attempts;
};

template <class Visitor>
void describe(KeepAlive& value, Visitor& field) {
    field("session", value.session, {.meaning = "Session number of hello.", .required = true});
    field("attempts", value.attempts, {.meaning = "Attempts in progress."});
}

// What an attempt left to read.
struct AttemptLog {
    std::string path;
    std::string tail;
};

template <class Visitor>
void describe(AttemptLog& value, Visitor& field) {
    field("path", value.path, {.meaning = "Path of the complete log, on the worker's machine."});
    field("tail", value.tail, {.meaning = "Last lines of the log."});
}

// The result is whole but private; it is published only when the answer says so.
struct Done {
    static constexpr std::string_view name = "done";
    std::uint64_t session = 0;
    Attempt attempt;
    std::string facts;
    bool cached = false;
    AttemptLog log;
};

template <class Visitor>
void describe(Done& value, Visitor& field) {
    field("session", value.session, {.meaning = "Session number of hello.", .required = true});
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("facts", value.facts, {.meaning = "Facts for the record, as JSON."});
    field("cached", value.cached, {.meaning = "Whether the result was already in the store."});
    field("log", value.log, {.meaning = "Log of the attempt."});
}

struct Published {
    static constexpr std::string_view name = "published";
    std::uint64_t session = 0;
    Attempt attempt;
};

template <class Visitor>
void describe(Published& value, Visitor& field) {
    field("session", value.session, {.meaning = "Session number of hello.", .required = true});
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
}

// task: nothing says otherwise. killed: the render process was ended from outside. stopped: the
// worker is being stopped.
enum class FailureCause { task, killed, stopped };

}  // namespace nightreel::wire

namespace nightreel {

template <>
struct EnumWords<wire::FailureCause> {
    static constexpr auto words = std::to_array<std::pair<wire::FailureCause, std::string_view>>({
        {wire::FailureCause::task, "task"},
        {wire::FailureCause::killed, "killed"},
        {wire::FailureCause::stopped, "stopped"},
    });
};

}  // namespace nightreel

namespace nightreel::wire {

struct Failed {
    static constexpr std::string_view name = "failed";
    std::uint64_t session = 0;
    Attempt attempt;
    std::string kind;
    std::string text;
    FailureCause cause = FailureCause::task;
    std::vector<Digest> lost_inputs;
    AttemptLog log;
};

template <class Visitor>
void describe(Failed& value, Visitor& field) {
    field("session", value.session, {.meaning = "Session number of hello.", .required = true});
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("kind", value.kind, {.meaning = "Error kind.", .required = true});
    field("text", value.text, {.meaning = "Error message."});
    field("cause", value.cause, {.meaning = "Whose fault it was."});
    field("lost_inputs", value.lost_inputs, {.meaning = "Inputs that are missing or damaged."});
    field("log", value.log, {.meaning = "Log of the attempt."});
}

// The worker ends and has nothing in hand but what it has reported.
struct Goodbye {
    static constexpr std::string_view name = "goodbye";
    std::uint64_t session = 0;
};

template <class Visitor>
void describe(Goodbye& value, Visitor& field) {
    field("session", value.session, {.meaning = "Session number of hello.", .required = true});
}

using WorkerMessage =
    std::variant<Hello, Offers, AskForWork, KeepAlive, Done, Published, Failed, Goodbye>;

}  // namespace nightreel::wire
