#pragma once
// What a job directory remembers of being handed to a farm manager: submissions/<number>/
// submission.json, from 1. Our own UUID is on the disk before the manager hears of it, and in the
// manager's names or comments: a hand-over that was interrupted is found by it. Any thread; faults
// name the path.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/describe/fields.h"

namespace nightreel {

enum class SubmissionState { sending, refused, submitted, seen, ended, cancelled };

template <>
struct EnumWords<SubmissionState> {
    static constexpr auto words = std::to_array<std::pair<SubmissionState, std::string_view>>(
        {{SubmissionState::sending, "sending"},      // the manager may or may not have it
         {SubmissionState::refused, "refused"},      // it has nothing of it
         {SubmissionState::submitted, "submitted"},  // it said that it has it
         {SubmissionState::seen, "seen"},            // and still had it later
         {SubmissionState::ended, "ended"},
         {SubmissionState::cancelled, "cancelled"}});
};

struct Submission {
    std::int32_t format = 1;
    std::string uuid;
    std::string manager;
    SubmissionState state = SubmissionState::sending;
    std::vector<std::string> ids = {};    // the manager's own; none while it has not answered
    std::vector<std::string> units = {};  // that were handed over
    std::string submitter = {};
    std::int64_t submitted_at = 0;  // milliseconds since 1970
    std::int32_t losses = 0;        // how often in a row the manager lost what this hands over
};

template <class Visitor>
void describe(Submission& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this file.", .required = true});
    field("uuid", value.uuid, {.meaning = "UUID, also in the manager's job.", .required = true});
    field("manager", value.manager, {.meaning = "Farm manager.", .required = true});
    field("state", value.state, {.meaning = "What is known of it.", .required = true});
    field("ids", value.ids, {.meaning = "The manager's own numbers or names."});
    field("units", value.units, {.meaning = "Units that were handed over.", .required = true});
    field("submitter", value.submitter, {.meaning = "Who submitted it: user@host."});
    field("submitted_at", value.submitted_at, {.meaning = "Time, milliseconds since 1970."});
    field("losses", value.losses, {.meaning = "How often in a row the manager lost it."});
}

// "0b6f5e0e-8f4e-4c57-9e5d-0f4f6f8f8f8f": version 4 of RFC 9562.
std::string make_uuid();

// Synced and whole. `number` counts from 1.
void write_submission(const std::filesystem::path& job_directory,
                      std::int32_t number,
                      const Submission& submission);

// The first has number 1. Error{bad_input} when one cannot be read.
std::vector<Submission> read_submissions(const std::filesystem::path& job_directory);

// Folder of the manager's files, relative to the job directory: "." of the first submission, whose
// files are exported with the night, and "submissions/2" of the second.
std::string files_folder_of(std::int32_t number);

}  // namespace nightreel
