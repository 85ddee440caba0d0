#pragma once
// What workers and the scheduler say to each other. Plain values, any thread; `codec.h` turns them
// into bytes. Every message may be lost, repeated or late: none of them means anything without the
// attempt that it names.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel::wire {

// Raised when a message changes in a way that the other side would misunderstand.
inline constexpr std::uint64_t protocol_version = 1;
inline constexpr std::size_t message_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t log_tail_bytes_max = 16 * 1024;  // of a child's log, in a report
inline constexpr std::size_t attempts_max = 1'000;            // listed in one message
inline constexpr std::size_t cached_max = 256;                // digests listed when asking for work
inline constexpr std::size_t text_bytes_max = 4'096;          // reasons, progress, names

// One try of one task, as the scheduler numbered it.
struct Attempt {
    std::uint64_t job = 0;
    std::uint32_t task = 0;
    std::uint64_t number = 0;

    friend auto operator<=>(const Attempt&, const Attempt&) = default;
};

template <class Visitor>
void describe(Attempt& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
    field("task", value.task, {.meaning = "Task number within the job.", .required = true});
    field("number", value.number, {.meaning = "Attempt number.", .required = true});
}

// Worker to scheduler. ---------------------------------------------------------------------------

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

struct AskForWork {
    static constexpr std::string_view name = "ask_for_work";
    std::uint64_t session = 0;
    std::uint64_t free_memory_bytes = 0;
    std::vector<Attempt> holding;
    std::vector<std::string> loaded_models;
    std::vector<Digest> cached;
};

template <class Visitor>
void describe(AskForWork& value, Visitor& field) {
    field("session", value.session, {.meaning = "Session number of hello.", .required = true});
    field("free_memory_bytes", value.free_memory_bytes, {.meaning = "Available memory in bytes."});
    field("holding", value.holding, {.meaning = "Attempts that the worker holds."});
    field("loaded_models", value.loaded_models, {.meaning = "Models in memory."});
    field("cached", value.cached, {.meaning = "Results in the worker's cache."});
}

struct AttemptProgress {
    Attempt attempt;
    double fraction = 0;
    std::string text;
};

template <class Visitor>
void describe(AttemptProgress& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("fraction", value.fraction, {.meaning = "Completed fraction, 0 to 1."});
    field("text", value.text, {.meaning = "Message for users."});
}

struct KeepAlive {
    static constexpr std::string_view name = "keep_alive";
    std::vector<AttemptProgress> attempts;
};

template <class Visitor>
void describe(KeepAlive& value, Visitor& field) {
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
    Attempt attempt;
    std::string facts;
    bool cached = false;
    AttemptLog log;
};

template <class Visitor>
void describe(Done& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("facts", value.facts, {.meaning = "Facts for the record, as JSON."});
    field("cached", value.cached, {.meaning = "Whether the result was already in the store."});
    field("log", value.log, {.meaning = "Log of the attempt."});
}

struct Published {
    static constexpr std::string_view name = "published";
    Attempt attempt;
};

template <class Visitor>
void describe(Published& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
}

struct Failed {
    static constexpr std::string_view name = "failed";
    Attempt attempt;
    std::string kind;
    std::string text;
    std::vector<Digest> lost_inputs;
    AttemptLog log;
};

template <class Visitor>
void describe(Failed& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("kind", value.kind, {.meaning = "Error kind.", .required = true});
    field("text", value.text, {.meaning = "Error message."});
    field("lost_inputs", value.lost_inputs, {.meaning = "Inputs that are missing or damaged."});
    field("log", value.log, {.meaning = "Log of the attempt."});
}

// The worker ends and has nothing in hand but what it has reported.
struct Goodbye {
    static constexpr std::string_view name = "goodbye";
};

template <class Visitor>
void describe(Goodbye&, Visitor&) {}

using WorkerMessage = std::variant<Hello, AskForWork, KeepAlive, Done, Published, Failed, Goodbye>;

// Scheduler to worker. ---------------------------------------------------------------------------

struct Welcome {
    static constexpr std::string_view name = "welcome";
    std::string worker;
    std::uint64_t keep_alive_ms = 0;
};

template <class Visitor>
void describe(Welcome& value, Visitor& field) {
    field("worker", value.worker, {.meaning = "Name of the worker, from the allow list."});
    field("keep_alive_ms",
          value.keep_alive_ms,
          {.meaning = "Interval between keep-alives, in milliseconds."});
}

// keep: go on. publish: accepted, publish it and say so. settled: recorded, forget it. drop: not
// wanted any more, stop it and delete what it made.
enum class Verdict { keep, publish, settled, drop };

struct AttemptVerdict {
    Attempt attempt;
    Verdict verdict = Verdict::drop;
};

struct Verdicts {
    static constexpr std::string_view name = "verdicts";
    std::vector<AttemptVerdict> attempts;
};

struct Lease {
    static constexpr std::string_view name = "lease";
    Attempt attempt;
    std::string task;
    Digest digest;
    std::string order;
    std::uint64_t lease_ms = 0;
    bool lean = false;
    bool fresh = false;
};

template <class Visitor>
void describe(Lease& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("task", value.task, {.meaning = "Name of the task."});
    field("digest", value.digest, {.meaning = "Digest that names the result.", .required = true});
    field("order", value.order, {.meaning = "Task order, as JSON.", .required = true});
    field("lease_ms", value.lease_ms, {.meaning = "Duration of the lease, in milliseconds."});
    field("lean", value.lean, {.meaning = "Whether to use the plan with the least memory."});
    field("fresh", value.fresh, {.meaning = "Whether to render even if the store has its result."});
}

struct NoWork {
    static constexpr std::string_view name = "no_work";
    std::uint64_t ask_again_ms = 0;
};

template <class Visitor>
void describe(NoWork& value, Visitor& field) {
    field("ask_again_ms",
          value.ask_again_ms,
          {.meaning = "Milliseconds to wait before the next request."});
}

struct HelloFirst {
    static constexpr std::string_view name = "hello_first";
};

template <class Visitor>
void describe(HelloFirst&, Visitor&) {}

// Also understood when the two sides speak different versions: its form never changes.
struct Refused {
    static constexpr std::string_view name = "refused";
    std::string kind;
    std::string text;
};

template <class Visitor>
void describe(Refused& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "Error kind.", .required = true});
    field("text", value.text, {.meaning = "Reason and remedy."});
}

// The farm closes: give back what is in hand, say goodbye, end.
struct Shutdown {
    static constexpr std::string_view name = "shutdown";
    std::string why;
};

template <class Visitor>
void describe(Shutdown& value, Visitor& field) {
    field("why", value.why, {.meaning = "Reason, for the log."});
}

using SchedulerMessage =
    std::variant<Welcome, Verdicts, Lease, NoWork, HelloFirst, Refused, Shutdown>;

}  // namespace nightreel::wire

namespace nightreel {

template <>
struct EnumWords<wire::Verdict> {
    static constexpr auto words = std::to_array<std::pair<wire::Verdict, std::string_view>>({
        {wire::Verdict::keep, "keep"},
        {wire::Verdict::publish, "publish"},
        {wire::Verdict::settled, "settled"},
        {wire::Verdict::drop, "drop"},
    });
};

namespace wire {

template <class Visitor>
void describe(AttemptVerdict& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("verdict", value.verdict, {.meaning = "What to do with the attempt.", .required = true});
}

template <class Visitor>
void describe(Verdicts& value, Visitor& field) {
    field("attempts", value.attempts, {.meaning = "One verdict per attempt."});
}

}  // namespace wire
}  // namespace nightreel
