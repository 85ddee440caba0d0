#pragma once
// The paths that orders hold: none is in a digest, so an order may be told where its files lie
// here. Pure, any thread.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/plan/task_order.h"

namespace nightreel {

// Calls `visit` for each picture and LoRA file that the order reads.
void for_each_given_file(TaskOrder& order,
                         const std::function<void(std::string& path, const Digest& digest)>& visit);

// "FROM=TO" of --map: what stands below FROM where the night was exported is below TO here.
struct PathMapping {
    std::string from;
    std::string to;
};

// Error{usage} when the text is no such pair of absolute paths.
PathMapping path_mapping_of(const std::string& text);

// The rules of a file of Open Job Description ("pathmapping-1.0"), which may hold none. Those for
// paths of other systems are passed over. Error{bad_input} when the text is no such file.
std::vector<PathMapping> path_mappings_from_json(std::string_view text);

// The longest `from` that the path is or lies below decides; other paths stay.
std::string mapped_path(const std::string& path, const std::vector<PathMapping>& mappings);

// An order of a job directory as it is read on this machine: relative paths are taken from the
// directory, absolute ones are mapped.
TaskOrder order_on_this_machine(TaskOrder order,
                                const std::string& job_directory,
                                const std::vector<PathMapping>& mappings);

}  // namespace nightreel
