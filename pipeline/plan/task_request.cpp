#include "pipeline/plan/task_request.h"

#include "shotspec/describe/fields_json.h"

namespace nightreel {

std::string to_json_text(const TaskRequest& request) {
    Json json;
    json["task"] = parse_json(to_json_text(request.order), "task order");
    json["inputs"] = to_json_value(request.inputs);
    json["staging"] = request.staging;
    json["model_roots"] = request.model_roots;
    json["device"] = request.device;
    json["threads"] = request.threads;
    json["precision"] = to_json_value(request.precision);
    json["memory_bytes"] = request.memory_bytes;
    json["lean"] = request.lean;
    json["roots"] = to_json_value(request.roots);
    json["marks"] = to_json_value(request.marks);
    json["link"] = to_json_value(request.link);
    json["worker"] = request.worker;
    json["job"] = to_json_value(request.job);
    json["outcomes"] = to_json_value(request.outcomes);
    json["night"] = to_json_value(request.night);
    if (!request.resume.empty()) json["resume"] = request.resume;
    json["quality"] = to_json_value(request.quality);
    return json.dump();
}

TaskRequest task_request_from_json(std::string_view text) {
    const Json json = parse_json(text, "task request");
    TaskRequest request;
    request.order = task_order_from_json(member_of(json, "task").dump());
    request.inputs =
        from_json_value<std::vector<InputArtifact>>(member_of(json, "inputs"), "inputs");
    request.staging = from_json_value<std::string>(member_of(json, "staging"), "staging");
    request.model_roots =
        from_json_value<std::vector<std::string>>(member_of(json, "model_roots"), "model_roots");
    request.device = from_json_value<std::string>(member_of(json, "device"), "device");
    request.threads = from_json_value<std::int32_t>(member_of(json, "threads"), "threads");
    request.precision =
        from_json_value<std::optional<PrecisionPolicy>>(member_of(json, "precision"), "precision");
    request.memory_bytes =
        from_json_value<std::int64_t>(member_of(json, "memory_bytes"), "memory_bytes");
    request.lean = from_json_value<bool>(member_of(json, "lean"), "lean");
    request.roots = from_json_value<Roots>(member_of(json, "roots"), "roots");
    request.marks = from_json_value<RootMarks>(member_of(json, "marks"), "marks");
    request.link = from_json_value<LinkPolicy>(member_of(json, "link"), "link");
    request.worker = from_json_value<std::string>(member_of(json, "worker"), "worker");
    request.job = from_json_value<std::optional<JobFacts>>(member_of(json, "job"), "job");
    request.outcomes =
        from_json_value<std::vector<TakeOutcome>>(member_of(json, "outcomes"), "outcomes");
    request.night = from_json_value<std::vector<NightFile>>(member_of(json, "night"), "night");
    request.resume =
        from_json_value<std::optional<std::string>>(member_of(json, "resume"), "resume")
            .value_or("");
    if (json.contains("quality")) {
        request.quality = from_json_value<QualityLimits>(json["quality"], "quality");
    }
    return request;
}

std::string to_json_text(const ChildLine& line) {
    return to_json_value(line).dump();
}

ChildLine child_line_from_json(std::string_view text) {
    return from_json_value<ChildLine>(parse_json(text, "line of the renderer"));
}

}  // namespace nightreel
