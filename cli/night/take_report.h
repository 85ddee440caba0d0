#pragma once
// The takes of a job as a table: what was made, how its seams are, what failed and why. From the
// scheduler's listing; pure, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/takes/night_yield.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

struct TakeRow {
    std::string name;   // "sq010_sh0010.take01"
    std::string state;  // done, running, waiting, failed, cancelled, not needed
    std::uint32_t tasks = 0;
    std::uint32_t tasks_done = 0;
    std::uint32_t segments = 0;
    bool measured = false;
    double seam_ratio_median = 0;
    double seam_ratio_max = 0;
    double drift = 0;
    std::uint32_t flags = 0;  // known once it is published
    std::string flag;         // the worst of them, in one sentence
    // Where the takes of its shot were ranked.
    std::optional<std::int32_t> place = {};
    std::optional<bool> kept = {};  // false: an alternate
    std::string failed_task;        // the first that failed; also one of other takes that it needs
    std::string error_kind;
    std::string error;
};

template <class Visitor>
void describe(TakeRow& value, Visitor& field) {
    field("take", value.name, {.meaning = "Shot and take."});
    field("state", value.state, {.meaning = "What has become of it."});
    field("tasks", value.tasks, {.meaning = "Its tasks."});
    field("tasks_done", value.tasks_done, {.meaning = "Of them done."});
    field("segments", value.segments, {.meaning = "Segments it is sampled in."});
    field("measured", value.measured, {.meaning = "Whether the following figures are known."});
    field("seam_ratio_median",
          value.seam_ratio_median,
          {.meaning = "Steps at joints over others; 1 is unseen."});
    field("seam_ratio_max", value.seam_ratio_max, {.meaning = "The worst joint's."});
    field("drift",
          value.drift,
          {.meaning = "Change of the mean colour from begin to end, in code values."});
    field("flags", value.flags, {.meaning = "Number of flags (docs/quality.md)."});
    field("flag", value.flag, {.meaning = "The worst flag."});
    field("place", value.place, {.meaning = "Place among the takes of the shot, if ranked."});
    field("kept", value.kept, {.meaning = "Whether it is kept; false: an alternate."});
    field("failed_task", value.failed_task, {.meaning = "The task that failed."});
    field("error_kind", value.error_kind, {.meaning = "Kind of the failure."});
    field("error", value.error, {.meaning = "Why it failed."});
}

// `tasks` are rows of a status listing.
std::vector<TakeRow> takes_of(const Json& tasks);

// Of the published takes in a status listing (docs/takes.md).
NightYield yield_of(const Json& tasks);

// The listing with its yield, as `status --json` and `wait --json` print it.
Json with_yield(Json status);

// Ends with a line break; empty for no takes.
std::string take_table(const std::vector<TakeRow>& takes);

// The same for what of them is usable.
std::string yield_line(const Json& tasks);

}  // namespace nightreel::cli
