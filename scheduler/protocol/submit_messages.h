#pragma once
// How a night is handed to the scheduler. Plain values, any thread. Asking twice is harmless for
// every request.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/plan/records/job_facts.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel::wire {

// Of the orders in one SubmitTasks: checking it takes the scheduler some 30 ms, in which it answers
// nobody else.
inline constexpr std::size_t submit_chunk_bytes_max = 256 * 1024;
inline constexpr std::size_t submit_chunk_tasks_max = 400;
inline constexpr std::size_t night_bytes_max = std::size_t{4} << 20;  // of all files of a night
inline constexpr std::size_t night_piece_bytes_max = 64 * 1024;       // of what is sent at once

// A shot that asks which version it is published as.
struct VersionWish {
    std::string place;
    Digest spec;
    std::uint32_t floor = 0;
    std::uint32_t published = 0;
};

template <class Visitor>
void describe(VersionWish& value, Visitor& field) {
    field("place",
          value.place,
          {.meaning = "Output folder and file prefix, without the version.", .required = true});
    field("spec",
          value.spec,
          {.meaning = "Digest of the resolved shot and its model.", .required = true});
    field("floor", value.floor, {.meaning = "Highest version on disk; 0 for none."});
    field("published",
          value.published,
          {.meaning = "Version on disk with this specification; 0 for none."});
}

// Before a night is planned: what a plan depends on beside the night.
struct PrepareSubmission {
    static constexpr std::string_view name = "prepare_submission";
    std::vector<VersionWish> shots;
};

template <class Visitor>
void describe(PrepareSubmission& value, Visitor& field) {
    field("shots", value.shots, {.meaning = "Shots, each with what decides its version."});
}

// A job arrives in pieces: begin, tasks in order, end. It exists when the end was answered.
struct SubmitBegin {
    static constexpr std::string_view name = "submit_begin";
    std::string submission;
    std::string title;
    std::int32_t priority = 0;
    std::uint64_t tasks = 0;
};

template <class Visitor>
void describe(SubmitBegin& value, Visitor& field) {
    field("submission",
          value.submission,
          {.meaning = "Submission key; submitting the same key again returns the same job."});
    field("title", value.title, {.meaning = "Title for users."});
    field("priority", value.priority, {.meaning = "Priority; higher runs first."});
    field("tasks", value.tasks, {.meaning = "Number of tasks that follow."});
}

struct SubmittedTask {
    std::string name;
    Digest digest;
    std::string order;
    std::vector<std::uint32_t> needs;
    double seconds = 0;
    std::uint64_t memory_bytes = 0;
    std::vector<std::uint32_t> after = {};
};

template <class Visitor>
void describe(SubmittedTask& value, Visitor& field) {
    field("name",
          value.name,
          {.meaning = "Shot, take and task, separated by dots.", .required = true});
    field("digest", value.digest, {.meaning = "Digest of the task order.", .required = true});
    field("order", value.order, {.meaning = "Task order, as JSON.", .required = true});
    field("needs", value.needs, {.meaning = "Indices of earlier tasks whose results it reads."});
    field("seconds", value.seconds, {.meaning = "Estimated seconds."});
    field("memory_bytes", value.memory_bytes, {.meaning = "Required memory in bytes."});
    field("after",
          value.after,
          {.meaning = "Indices of earlier tasks that end first, in whatever way."});
}

struct SubmitTasks {
    static constexpr std::string_view name = "submit_tasks";
    std::string submission;
    std::uint64_t first = 0;
    std::vector<SubmittedTask> tasks;
};

template <class Visitor>
void describe(SubmitTasks& value, Visitor& field) {
    field("submission", value.submission, {.meaning = "Submission key of submit_begin."});
    field("first", value.first, {.meaning = "Index of the first task in this message."});
    field("tasks", value.tasks, {.meaning = "Tasks."});
}

// The night as it was written, in pieces, before the end.
struct SubmitNight {
    static constexpr std::string_view name = "submit_night";
    std::string submission;
    std::uint64_t first = 0;
    std::vector<NightFile> pieces;
};

template <class Visitor>
void describe(SubmitNight& value, Visitor& field) {
    field("submission", value.submission, {.meaning = "Submission key of submit_begin."});
    field("first", value.first, {.meaning = "Number of the first piece in this message."});
    field("pieces", value.pieces, {.meaning = "Files, or parts of them, in their order."});
}

struct SubmitEnd {
    static constexpr std::string_view name = "submit_end";
    std::string submission;
};

template <class Visitor>
void describe(SubmitEnd& value, Visitor& field) {
    field("submission", value.submission, {.meaning = "Submission key of submit_begin."});
}

}  // namespace nightreel::wire
