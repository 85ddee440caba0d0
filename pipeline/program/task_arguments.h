#pragma once
// The command line of `nightreel-render task`. Pure, any thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/plan/orders/order_paths.h"
#include "pipeline/plan/roots/roots.h"
#include "shotspec/card/precision_policy.h"

namespace nightreel {

struct TaskArguments {
    std::filesystem::path job_directory;
    std::vector<std::string> tasks;  // at least one, in the order in which they are to run
    // Of results: artifacts/ of the job directory, where no other was named, which must be there.
    std::filesystem::path store;
    bool has_own_store = false;
    std::string device = "auto";
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision;
    std::int64_t memory_bytes = 0;
    std::vector<std::string> model_roots;
    Roots roots;                        // instead of those of the job
    std::vector<PathMapping> mappings;  // of paths where the job was exported
    std::filesystem::path map_rules;    // a file of Open Job Description with more of them; or none
    std::string unit;                   // whose record to keep; empty: none
    std::filesystem::path via;          // socket of the daemon that runs them; empty: none
};

// Relative paths start from `folder`, which is absolute. Error{usage} says what is wrong and how
// the command is written.
TaskArguments task_arguments_of(std::span<const std::string> arguments,
                                const std::filesystem::path& folder);

// Store and models, which may be named as they were where the job was exported, with the mappings
// applied.
TaskArguments mapped_arguments(TaskArguments asked);

// Where digests of model files are remembered, so that the tasks of a job do not each read all of a
// model.
std::filesystem::path digests_file_of(const TaskArguments& asked);

// The roots of the job, mapped, where no other path was asked for. Error{usage} when a root was
// asked for that the job has not.
Roots roots_for(const Roots& of_job, const TaskArguments& asked);

}  // namespace nightreel
