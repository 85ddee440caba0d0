#pragma once
// What the scheduler replies to people's programs. Plain values, any thread.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/protocol/scheduler_messages.h"
#include "shotspec/describe/fields.h"

namespace nightreel::wire {

struct Prepared {
    static constexpr std::string_view name = "prepared";
    std::vector<std::uint32_t> versions;
    std::string output;
    std::string device_class;
    std::vector<std::string> outputs = {};
};

template <class Visitor>
void describe(Prepared& value, Visitor& field) {
    field("versions", value.versions, {.meaning = "Version of each shot, in their order."});
    field("output", value.output, {.meaning = "Output root, as the scheduler sees it."});
    field("device_class",
          value.device_class,
          {.meaning = "Device class for jobs that must stay on one; empty when none is known."});
    field("outputs", value.outputs, {.meaning = "All output roots, the first first."});
}

// `known` on a begin or end: the job exists already, send no tasks.
struct Submitted {
    static constexpr std::string_view name = "submitted";
    std::uint64_t job = 0;
    bool known = false;
};

template <class Visitor>
void describe(Submitted& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number; 0 until the job exists."});
    field("known", value.known, {.meaning = "Whether it was submitted before."});
}

struct Changed {
    static constexpr std::string_view name = "changed";
    std::uint64_t tasks = 0;
};

template <class Visitor>
void describe(Changed& value, Visitor& field) {
    field("tasks", value.tasks, {.meaning = "Number of tasks changed."});
}

// A listing as JSON text with a `format` number; `next` is 0 when nothing is left.
struct Listing {
    static constexpr std::string_view name = "listing";
    std::string text;
    std::uint64_t next = 0;
};

template <class Visitor>
void describe(Listing& value, Visitor& field) {
    field("text", value.text, {.meaning = "Listing, as JSON."});
    field("next", value.next, {.meaning = "Where to continue; 0 when complete."});
}

struct JobNews {
    static constexpr std::string_view name = "job_news";
    std::uint64_t job = 0;
    std::string text;
    bool finished = false;
};

template <class Visitor>
void describe(JobNews& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number."});
    field("text", value.text, {.meaning = "Head of the reply to get_status, as JSON."});
    field(
        "finished", value.finished, {.meaning = "Whether this is the last message about the job."});
}

using ServerReply = std::variant<Prepared, Submitted, Changed, Listing, JobNews, Refused>;

}  // namespace nightreel::wire
