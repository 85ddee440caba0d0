#pragma once
// What `nightreel-render task JOBDIR TASK... --unit NAME` leaves of each of its runs, whichever
// farm manager started it: attempts/<unit>/<begin>-<host>-<process>.json beside a log of that name.
// A run that was killed leaves a record without an end. Functions on disk: any thread; faults name
// the path.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/base/clock.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

struct UnitAttempt {
    std::int32_t format = 1;
    std::string unit;
    std::string submission = {};  // uuid of the submission that started it; empty: started by hand
    std::string host = {};
    std::int64_t process = 0;
    std::int64_t began_at = 0;                  // milliseconds since 1970, by the host's clock
    std::int64_t told_at = 0;                   // when this record was written
    std::optional<std::int64_t> ended_at = {};  // absent: it runs, or was killed
    std::optional<std::int32_t> exit_code = {};
    double fraction = 0;    // of the unit's work, 0 to 1
    std::string task = {};  // that runs, or that failed
    std::string doing = {};
    std::string kind = {};  // of the failure: "bad_input"
    std::string text = {};  // of the failure
};

template <class Visitor>
void describe(UnitAttempt& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this record.", .required = true});
    field("unit", value.unit, {.meaning = "Name of the unit.", .required = true});
    field("submission", value.submission, {.meaning = "UUID of the submission."});
    field("host", value.host, {.meaning = "Name of the host."});
    field("process", value.process, {.meaning = "Process number on the host."});
    field("began_at", value.began_at, {.meaning = "Start time, milliseconds since 1970."});
    field("told_at", value.told_at, {.meaning = "Time of this record, milliseconds since 1970."});
    field("ended_at", value.ended_at, {.meaning = "End time, milliseconds since 1970."});
    field("exit_code", value.exit_code, {.meaning = "Exit code."});
    field("fraction", value.fraction, {.meaning = "How much of the work is done, 0 to 1."});
    field("task", value.task, {.meaning = "Task that runs, or that failed."});
    field("doing", value.doing, {.meaning = "What it does."});
    field("kind", value.kind, {.meaning = "Kind of the failure."});
    field("text", value.text, {.meaning = "Text of the failure."});
}

// "attempts/<unit>/20261201T000512.123Z-host-4711", relative to the job directory, without ending:
// ".json" is the record, ".log" the log.
std::string attempt_name_of(const UnitAttempt& attempt);

// Written whole or not at all, not synced: a record that a power failure takes is only not shown.
void write_attempt(const std::filesystem::path& job_directory, const UnitAttempt& attempt);

// A unit keeps its newest attempts; older ones go when they have ended, or have said nothing for an
// hour.
inline constexpr std::size_t attempts_kept = 20;
inline constexpr Millis attempt_silence_max{3'600'000};

// Removes the records and logs of the others. What cannot be removed stays.
void remove_old_attempts(const std::filesystem::path& job_directory,
                         const std::string& unit,
                         Millis wall);

// Of every unit that was ever started, by the unit's name, the earliest first. What cannot be read
// is as if it were not there.
std::map<std::string, std::vector<UnitAttempt>> read_attempts(
    const std::filesystem::path& job_directory);

}  // namespace nightreel
