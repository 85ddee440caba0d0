#pragma once
// What a task is told of its job beside its order: it decides no byte of a result that is reused,
// and stands in records and dailies. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "shotspec/describe/fields.h"

namespace nightreel {

struct JobFacts {
    std::uint64_t job = 0;
    std::string submission;  // key of the job's content; numbers begin again with a new farm
    std::string submitter;
    std::string submitted_at;  // UTC, "2026-11-21T03:04:05.678Z"
    std::uint64_t attempt =
        0;  // of the task, among all of the farm: a later one has a higher number
    // Measured, of all tasks of the job so far; said to a dailies task alone.
    std::optional<double> device_seconds = {};
};

template <class Visitor>
void describe(JobFacts& value, Visitor& field) {
    field("job", value.job, {.meaning = "Number of the job."});
    field("submission", value.submission, {.meaning = "Submission key of the job."});
    field("submitter", value.submitter, {.meaning = "Who submitted the job."});
    field("submitted_at", value.submitted_at, {.meaning = "When the job was submitted (UTC)."});
    field("attempt", value.attempt, {.meaning = "Number of the attempt in the farm."});
    field("device_seconds",
          value.device_seconds,
          {.meaning = "Measured seconds of the job's tasks; absent in records of takes."});
}

// What became of a take, or of the ranking of a shot's takes.
struct TakeOutcome {
    std::string take;    // "sq010_sh0010.take01", "sq010_sh0010.rank"
    std::string folder;  // relative to the output root; empty: it is not published
    std::string reason;  // why not, in one line
    // Of a ranking that was made: JSON (pipeline/takes/ranking/ranking.h).
    std::optional<std::string> ranking = {};
};

template <class Visitor>
void describe(TakeOutcome& value, Visitor& field) {
    field("take", value.take, {.meaning = "Shot and take."});
    field("folder",
          value.folder,
          {.meaning = "Folder of the take, relative to the output root; empty: not published."});
    field("reason", value.reason, {.meaning = "Why it is not published."});
    field("ranking", value.ranking, {.meaning = "Ranking of the takes of a shot, as JSON."});
}

// A file of the night as it was submitted, or a part of one: parts of one name follow each other.
struct NightFile {
    std::string name;
    std::string text;
};

template <class Visitor>
void describe(NightFile& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the file."});
    field("text", value.text, {.meaning = "Its text."});
}

}  // namespace nightreel
