#pragma once
// What the scheduler says to workers. Plain values, any thread.

#include <array>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pipeline/plan/records/job_facts.h"
#include "scheduler/protocol/attempt.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel::wire {

// A folder that the machines of a farm share.
struct FarmRoot {
    std::string name;      // "store"; all others take what is published
    std::string path;      // as the scheduler sees it
    std::string identity;  // of its marker
    bool is_marked = false;

    friend bool operator==(const FarmRoot&, const FarmRoot&) = default;
};

template <class Visitor>
void describe(FarmRoot& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the shared folder.", .required = true});
    field("path", value.path, {.meaning = "Its path as the scheduler sees it."});
    field("identity", value.identity, {.meaning = "Identity in its marker.", .required = true});
    field("is_marked",
          value.is_marked,
          {.meaning = "Whether the scheduler has seen the marker; else a worker that finds "
                      "something in the folder may write it."});
}

struct Welcome {
    static constexpr std::string_view name = "welcome";
    std::string worker;
    std::uint64_t keep_alive_ms = 0;
    std::vector<FarmRoot> roots;
    std::uint64_t lease_ms = 0;
};

template <class Visitor>
void describe(Welcome& value, Visitor& field) {
    field("worker", value.worker, {.meaning = "Name of the worker, from the allow list."});
    field("keep_alive_ms",
          value.keep_alive_ms,
          {.meaning = "Interval between keep-alives, in milliseconds."});
    field("roots", value.roots, {.meaning = "Shared folders of the farm and their markers."});
    field("lease_ms", value.lease_ms, {.meaning = "Length of a lease, in milliseconds."});
}

// keep: go on. publish: accepted, publish it and say so. settled: recorded, forget it. drop: not
// wanted any more, stop it and delete what it made.
enum class Verdict { keep, publish, settled, drop };

struct AttemptVerdict {
    Attempt attempt;
    Verdict verdict = Verdict::drop;
    bool follow = false;
};

struct Verdicts {
    static constexpr std::string_view name = "verdicts";
    std::vector<AttemptVerdict> attempts;
};

// What a lease says beside the order, in pieces that come before it and are numbered from 1; the
// lease says how many there are.
struct LeasePart {
    static constexpr std::string_view name = "lease_part";
    Attempt attempt;
    std::uint32_t number = 1;
    std::vector<TakeOutcome> outcomes;
    std::vector<NightFile> night;
};

template <class Visitor>
void describe(LeasePart& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("number", value.number, {.meaning = "Number of this part, from 1.", .required = true});
    field("outcomes", value.outcomes, {.meaning = "What became of takes of the job."});
    field("night", value.night, {.meaning = "Text of the night as submitted."});
}

struct Lease {
    static constexpr std::string_view name = "lease";
    Attempt attempt;
    std::string task;
    Digest digest;
    std::string order;
    std::uint32_t number = 1;
    std::map<std::string, std::string> roots;
    bool lean = false;
    bool fresh = false;
    JobFacts job;
    std::uint32_t parts = 0;
};

template <class Visitor>
void describe(Lease& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("task", value.task, {.meaning = "Name of the task."});
    field("digest", value.digest, {.meaning = "Digest that names the result.", .required = true});
    field("order", value.order, {.meaning = "Task order, as JSON.", .required = true});
    field("number", value.number, {.meaning = "Number of the attempt among those of its task."});
    field("roots", value.roots, {.meaning = "Paths of the output roots, by name."});
    field("lean", value.lean, {.meaning = "Whether to use the plan with the least memory."});
    field("fresh", value.fresh, {.meaning = "Whether to render even if the store has its result."});
    field("job", value.job, {.meaning = "Facts about the job."});
    field("parts", value.parts, {.meaning = "Number of lease_part messages before this one."});
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
    std::variant<Welcome, Verdicts, Lease, NoWork, HelloFirst, Refused, Shutdown, LeasePart>;

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
    field("follow", value.follow, {.meaning = "Whether somebody reads its log now."});
}

template <class Visitor>
void describe(Verdicts& value, Visitor& field) {
    field("attempts", value.attempts, {.meaning = "One verdict per attempt."});
}

}  // namespace wire
}  // namespace nightreel
