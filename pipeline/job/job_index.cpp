#include "pipeline/job/job_index.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

void require_order(const JobIndex& index) {
    std::unordered_set<std::string_view> known;
    for (std::size_t at = 0; at < index.tasks.size(); ++at) {
        const JobTask& task = index.tasks[at];
        for (const auto& [field, others] :
             {std::pair("needs", &task.needs), {"after", &task.after}}) {
            for (const std::string& other : *others) {
                if (known.contains(other)) continue;
                throw Error(
                    ErrorKind::bad_input,
                    fmt::format("tasks[{}].{}: {} is not an earlier task", at, field, other));
            }
        }
        if (known.insert(task.name).second) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("tasks[{}].name: duplicate name {}", at, task.name));
    }
}

}  // namespace

JobIndex job_index_of(const NightPlan& plan) {
    JobIndex index{.show = plan.show, .night = plan.night, .roots = plan.roots, .tasks = {}};
    index.tasks.reserve(plan.graph.tasks.size());
    for (const PlannedTask& planned : plan.graph.tasks) {
        JobTask task{.name = planned.name,
                     .kind = kind_of(planned.order),
                     .digest = planned.digest,
                     .shot = planned.shot,
                     .take = planned.take,
                     .needs = {},
                     .cost = planned.cost};
        for (const std::uint32_t need : planned.needs) {
            task.needs.push_back(plan.graph.tasks[need].name);
        }
        for (const std::uint32_t other : planned.after) {
            task.after.push_back(plan.graph.tasks[other].name);
        }
        if (const auto* order = std::get_if<PublishOrder>(&planned.order)) {
            task.folder = order->folder;
        }
        index.tasks.push_back(std::move(task));
    }
    return index;
}

std::string to_json_text(const JobIndex& index) {
    return to_json_value(index).dump(1) + "\n";
}

JobIndex job_index_from_json(std::string_view text) {
    const Json json = parse_json(text, "job index");
    const JobIndex current;
    const auto format = from_json_value<std::int32_t>(member_of(json, "format"), "format");
    if (format != current.format) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("format: unsupported version {}; this release reads version {}: "
                                "export the night again",
                                format,
                                current.format));
    }
    auto index = from_json_value<JobIndex>(json, "");
    require_order(index);
    return index;
}

const JobTask& task_named(const JobIndex& index, std::string_view name) {
    const auto found = std::find_if(index.tasks.begin(),
                                    index.tasks.end(),
                                    [&](const JobTask& task) { return task.name == name; });
    if (found != index.tasks.end()) return *found;
    throw Error(ErrorKind::usage,
                fmt::format("no task {} in this job; it has {} tasks, the first is {}",
                            name,
                            index.tasks.size(),
                            index.tasks.empty() ? "none" : index.tasks.front().name));
}

std::string order_file_of(const std::string& task) {
    return fmt::format("tasks/{}.json", task);
}

TaskOrder order_of_job(const JobTask& task, std::string_view text) {
    TaskOrder order = task_order_from_json(text);
    if (digest_of(order) == task.digest) return order;
    throw Error(ErrorKind::corrupt,
                fmt::format("the digest of {} does not match its order: the file was edited or "
                            "written by another version; export the night again",
                            task.name));
}

}  // namespace nightreel
