#include "pipeline/plan/job_file.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr int job_format = 1;

Json task_to_json(const JobTask& task) {
    Json json;
    json["name"] = task.name;
    json["digest"] = task.digest.hex();
    json["task"] = parse_json(to_json_text(task.order), task.name);
    json["needs"] = task.needs;
    json["cost"] = to_json_value(task.cost);
    return json;
}

JobTask task_from_json(const Json& json, const std::string& place) {
    const auto value = [&](const char* key) { return member_of(json, key); };
    JobTask task;
    task.name = from_json_value<std::string>(value("name"), place + ".name");
    task.digest = from_json_value<Digest>(value("digest"), place + ".digest");
    in_context(place, [&] { task.order = task_order_from_json(value("task").dump()); });
    task.needs = from_json_value<std::vector<std::string>>(value("needs"), place + ".needs");
    task.cost = from_json_value<TaskCost>(value("cost"), place + ".cost");
    if (digest_of(task.order) != task.digest) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("{}: digest of {} does not match its order: the file was edited or "
                                "written by another version; export the night again",
                                place,
                                task.name));
    }
    return task;
}

}  // namespace

JobFile make_job_file(const NightPlan& plan) {
    JobFile job{.show = plan.show, .night = plan.night, .tasks = {}, .roots = plan.roots};
    for (const PlannedTask& planned : plan.graph.tasks) {
        JobTask task{.name = planned.name,
                     .digest = planned.digest,
                     .order = planned.order,
                     .needs = {},
                     .cost = planned.cost};
        for (const std::uint32_t need : planned.needs) {
            task.needs.push_back(plan.graph.tasks[need].name);
        }
        job.tasks.push_back(std::move(task));
    }
    return job;
}

std::string to_json_text(const JobFile& job) {
    Json json;
    json["format"] = job_format;
    json["show"] = job.show;
    json["night"] = to_json_value(job.night);
    json["roots"] = to_json_value(job.roots);
    json["tasks"] = Json::array();
    for (const JobTask& task : job.tasks) json["tasks"].push_back(task_to_json(task));
    return json.dump(1) + "\n";
}

JobFile job_file_from_json(std::string_view text) {
    const Json json = parse_json(text, "job file");
    const auto format = from_json_value<int>(member_of(json, "format"), "format");
    if (format != job_format) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("format: unsupported version {}; this release reads version {}",
                                format,
                                job_format));
    }
    JobFile job;
    job.show = from_json_value<std::string>(member_of(json, "show"), "show");
    job.night = from_json_value<Digest>(member_of(json, "night"), "night");
    const Json tasks = member_of(json, "tasks");
    if (!tasks.is_array()) throw Error(ErrorKind::bad_input, "tasks: expected a list");
    std::unordered_set<std::string> known;
    for (const Json& item : tasks) {
        const std::string place = fmt::format("tasks[{}]", job.tasks.size());
        JobTask task = task_from_json(item, place);
        for (const std::string& need : task.needs) {
            if (known.contains(need)) continue;
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}.needs: {} is not an earlier task", place, need));
        }
        if (!known.insert(task.name).second) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}.name: duplicate name {}", place, task.name));
        }
        job.tasks.push_back(std::move(task));
    }
    job.roots = from_json_value<Roots>(member_of(json, "roots"), "roots");
    return job;
}

const JobTask& task_named(const JobFile& job, std::string_view name) {
    const auto found = std::find_if(
        job.tasks.begin(), job.tasks.end(), [&](const JobTask& task) { return task.name == name; });
    if (found != job.tasks.end()) return *found;
    throw Error(ErrorKind::usage,
                fmt::format("no task {} in this job; it has {} tasks, the first is {}",
                            name,
                            job.tasks.size(),
                            job.tasks.empty() ? "none" : job.tasks.front().name));
}

}  // namespace nightreel
