#pragma once
// A resolved night as segments and tasks: what `nightreel plan` shows and what is submitted. Pure:
// no disk, no clock; version numbers are handed in. Plain values, any thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan/estimate/apply_rates.h"
#include "pipeline/plan/estimate/planned_machine.h"
#include "pipeline/plan/roots/roots.h"
#include "pipeline/plan/segment_plan.h"
#include "pipeline/plan/task_graph.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

struct PlanOptions {
    std::string output_path;                       // absolute; of the root that takes go below
    std::string root = takes_root;                 // its name
    std::map<std::string, std::int32_t> versions;  // of shots; 1 for a shot that is not listed
    // For estimates; they change no digest.
    PlannedMachine machine = {};
    std::vector<TaskRate> rates = {};  // what tasks have cost where the night will run
    std::string rates_of = {};         // device class; empty: the one that did most work
};

// One shot of the plan; every figure is for all of its takes.
struct ShotPlan {
    std::string shot;
    std::string model;
    PictureSize size;
    FrameRate rate;
    FrameRange frames;
    std::int32_t takes = 1;                        // with all rounds
    std::optional<std::int32_t> keep = {};         // of takes that are ranked
    std::optional<std::int32_t> first_round = {};  // takes of it, if there are more
    std::int32_t version = 1;
    SegmentPlan segments;  // the same for each take
    Strategy strategy = Strategy::chain;
    std::optional<EditVerb> edit = {};  // operation on clips
    std::string approximation;          // what was measured of it; empty: sampling is exact
    std::optional<RecipeUse> recipe = {};
    std::string rate_note;  // how a model of another frame rate serves it; else empty
    std::int64_t task_count = 0;
    double seconds = 0;               // estimate, one worker
    std::int64_t memory_bytes = 0;    // most of any task
    std::int64_t resident_bytes = 0;  // most of any task
    std::int64_t disk_bytes = 0;      // results and version folders
};

template <class Visitor>
void describe(ShotPlan& value, Visitor& field) {
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("model", value.model, {.meaning = "Name of the model."});
    field("size", value.size, {.meaning = "Picture size."});
    field("rate", value.rate, {.meaning = "Frame rate."});
    field("frames", value.frames, {.meaning = "Frame range to deliver, handles included."});
    field("takes", value.takes, {.meaning = "Number of takes, at most."});
    field("keep", value.keep, {.meaning = "Number of takes to keep, if they are ranked."});
    field("first_round",
          value.first_round,
          {.meaning = "Takes of the first round, if further ones may follow."});
    field("version", value.version, {.meaning = "Version number."});
    field("segments", value.segments, {.meaning = "Number of segments per take."});
    field("strategy", value.strategy, {.meaning = "How a take of several segments is made."});
    field("rate_note",
          value.rate_note,
          {.meaning = "How a model of another frame rate makes the frames; empty: as it is."});
    field("edit", value.edit, {.meaning = "Operation on clips; absent: none."});
    field("approximation",
          value.approximation,
          {.meaning = "Approximations in use, with their measured cost."});
    field("recipe",
          value.recipe,
          {.meaning = "Recipe in use, and what the night file has otherwise."});
    field("task_count", value.task_count, {.meaning = "Number of tasks, over all takes."});
    field("seconds", value.seconds, {.meaning = "Estimated seconds with one worker."});
    field("memory_bytes",
          value.memory_bytes,
          {.meaning = "Minimum memory: every task of the shot can run with it."});
    field("resident_bytes",
          value.resident_bytes,
          {.meaning = "Memory that keeps all weights loaded, so that none are streamed."});
    field("disk_bytes",
          value.disk_bytes,
          {.meaning = "Estimated disk space of results and published folders."});
}

struct PlanTotals {
    std::int64_t shots = 0;
    std::int64_t takes = 0;
    std::int64_t segments = 0;
    std::int64_t frames = 0;
    std::int64_t tasks = 0;
    double seconds = 0;
    double chain_seconds = 0;         // of the longest chain of tasks: no farm can be faster
    std::int64_t memory_bytes = 0;    // most of any task
    std::int64_t resident_bytes = 0;  // most of any task
    std::int64_t disk_bytes = 0;
};

template <class Visitor>
void describe(PlanTotals& value, Visitor& field) {
    field("shots", value.shots, {.meaning = "Number of shots."});
    field("takes", value.takes, {.meaning = "Number of takes."});
    field("segments", value.segments, {.meaning = "Number of segments, over all takes."});
    field("frames", value.frames, {.meaning = "Number of frames, over all takes."});
    field("tasks", value.tasks, {.meaning = "Number of tasks."});
    field("seconds", value.seconds, {.meaning = "Estimated seconds with one worker."});
    field("chain_seconds",
          value.chain_seconds,
          {.meaning = "Estimated seconds with unlimited workers."});
    field("memory_bytes",
          value.memory_bytes,
          {.meaning = "Minimum memory: every task of the night can run with it."});
    field("resident_bytes",
          value.resident_bytes,
          {.meaning = "Memory that keeps all weights loaded, so that none are streamed."});
    field("disk_bytes",
          value.disk_bytes,
          {.meaning = "Estimated disk space of results and published folders."});
}

struct NightPlan {
    std::string show;
    Digest night;  // of the resolved night
    Roots roots;   // that publish tasks name, with their paths
    std::vector<ShotPlan> shots;
    TaskGraph graph;
    PlanTotals totals;
    EstimateBasis basis;  // of the seconds
};

// The name of the task that tells what became of all takes; no shot has it.
inline constexpr const char* dailies_task = "dailies";

// For each shot one encode; for each take its samples in a chain, with a hand_over between two that
// are streams of their own, then decode, measure, proxy and publish: "<shot>.encode",
// "<shot>.take01.sample01", "<shot>.take01.decode", ... Work that two shots share stands once,
// under the first one's name. Last of all stands `dailies`, after every publish. Throws
// Error{bad_input} that names the shot.
NightPlan plan_night(const ResolvedNight& night, const PlanOptions& options);

}  // namespace nightreel
