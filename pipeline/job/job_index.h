#pragma once
// A night as a job directory that any farm manager can work through:
//
//     job.json            the index: every task, what it needs, what it costs
//     tasks/<name>.json   the order of one task; a task reads the index and its own order
//     given/<digest>      pictures and LoRAs that the orders read (pipeline/job/job_directory.h)
//     artifacts/          results
//
// This header is the text of the first two. Pure, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pipeline/plan/plan_night.h"

namespace nightreel {

struct JobTask {
    std::string name;
    TaskKind kind = TaskKind::encode;
    Digest digest;
    std::string shot;
    std::int32_t take = 0;           // 0: belongs to all takes of the shot
    std::vector<std::string> needs;  // names of earlier tasks
    TaskCost cost;
    std::optional<std::string> folder = {};  // of the take, below its root; of publish tasks alone
    std::vector<std::string> after = {};     // of earlier tasks that end first, well or not
};

template <class Visitor>
void describe(JobTask& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the task.", .required = true});
    field("kind", value.kind, {.meaning = "Kind of the task.", .required = true});
    field("digest", value.digest, {.meaning = "Digest of its result.", .required = true});
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("take", value.take, {.meaning = "Take number; 0: for all takes of the shot."});
    field("needs", value.needs, {.meaning = "Names of the tasks whose results it reads."});
    field("cost", value.cost, {.meaning = "Estimated cost."});
    field("folder",
          value.folder,
          {.meaning = "Folder of the published take, relative to the output root."});
    field("after", value.after, {.meaning = "Names of the tasks that end first, in whatever way."});
}

struct JobIndex {
    std::int32_t format = 2;
    std::string show;
    Digest night;                // of the resolved night
    Roots roots;                 // that publish tasks name, with their paths
    std::vector<JobTask> tasks;  // after what they need
};

template <class Visitor>
void describe(JobIndex& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this file.", .required = true});
    field("show", value.show, {.meaning = "Name of the show.", .required = true});
    field("night", value.night, {.meaning = "Digest of the resolved night.", .required = true});
    field("roots", value.roots, {.meaning = "Output roots by name.", .required = true});
    field("tasks", value.tasks, {.meaning = "The tasks.", .required = true});
}

JobIndex job_index_of(const NightPlan& plan);

std::string to_json_text(const JobIndex& index);

// Error{bad_input} with the place when the text is no index of this version, or its tasks do not
// stand after what they need.
JobIndex job_index_from_json(std::string_view text);

// Error{usage} when there is no such task.
const JobTask& task_named(const JobIndex& index, std::string_view name);

// "tasks/sq010_sh0010.take01.sample03.json", relative to the job directory.
std::string order_file_of(const std::string& task);

// The order of `task`. Error{corrupt} when its digest is not the task's: edited, or written by
// another version.
TaskOrder order_of_job(const JobTask& task, std::string_view text);

}  // namespace nightreel
