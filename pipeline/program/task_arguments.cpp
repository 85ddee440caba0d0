#include "pipeline/program/task_arguments.h"

#include <string_view>

#include <fmt/format.h>

#include "pipeline/program/threads.h"
#include "shotspec/base/error.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view task_usage =
    "usage: nightreel-render task JOBDIR TASK... [--device auto|cpu|cuda:0] [--threads N] "
    "[--models DIR]... [--memory BYTES] [--precision NAME] [--store DIR] [--root NAME=DIR]... "
    "[--map FROM=TO]... [--map-rules FILE] [--unit NAME] [--via SOCKET]";

std::int64_t memory_in(const std::string& text) {
    const auto memory = TextForm<ByteCount>::read(text);
    if (memory) return memory->bytes;
    throw Error(ErrorKind::usage,
                fmt::format("--memory {}: expected {}", text, TextForm<ByteCount>::accepted));
}

// Of "out=/mnt/takes".
std::string root_name_in(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos && equals > 0 && equals + 1 < text.size()) {
        return text.substr(0, equals);
    }
    throw Error(ErrorKind::usage,
                fmt::format("--root {}: expected NAME=DIR, such as out=/mnt/takes", text));
}

fs::path path_from(const fs::path& folder, const std::string& text) {
    return (folder / text).lexically_normal();
}

// Records of the unit lie in a folder of its name.
std::string unit_in(const std::string& text) {
    const bool is_name = !text.empty() && !text.starts_with('.') &&
                         text.find('/') == std::string::npos && !has_control_characters(text);
    if (is_name) return text;
    throw Error(ErrorKind::usage,
                fmt::format("--unit {}: expected the name of a unit, such as sh010.take01", text));
}

void take_option(TaskArguments& parsed,
                 const std::string& name,
                 const std::string& value,
                 const fs::path& folder) {
    if (name == "--device") {
        parsed.device = value;
    } else if (name == "--threads") {
        parsed.threads = threads_in(value);
    } else if (name == "--memory") {
        parsed.memory_bytes = memory_in(value);
    } else if (name == "--precision") {
        parsed.precision = precision_policy_named(value);
    } else if (name == "--store") {
        parsed.store = path_from(folder, value);
        parsed.has_own_store = true;
    } else if (name == "--root") {
        const std::string root = root_name_in(value);
        parsed.roots.insert_or_assign(root,
                                      path_from(folder, value.substr(root.size() + 1)).string());
    } else if (name == "--map") {
        parsed.mappings.push_back(path_mapping_of(value));
    } else if (name == "--map-rules") {
        parsed.map_rules = path_from(folder, value);
    } else if (name == "--unit") {
        parsed.unit = unit_in(value);
    } else if (name == "--via") {
        parsed.via = path_from(folder, value);
    } else if (name == "--models") {
        parsed.model_roots.push_back(path_from(folder, value).string());
    } else {
        throw Error(ErrorKind::usage, fmt::format("unknown option {}\n{}", name, task_usage));
    }
}

}  // namespace

TaskArguments task_arguments_of(std::span<const std::string> arguments, const fs::path& folder) {
    TaskArguments parsed;
    std::vector<std::string> places;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string& argument = arguments[at];
        if (!argument.starts_with("--")) {
            places.push_back(argument);
            continue;
        }
        if (at + 1 == arguments.size()) throw Error(ErrorKind::usage, std::string(task_usage));
        take_option(parsed, argument, arguments[++at], folder);
    }
    if (places.size() < 2) throw Error(ErrorKind::usage, std::string(task_usage));
    parsed.job_directory = path_from(folder, places.front());
    parsed.tasks.assign(places.begin() + 1, places.end());
    if (parsed.store.empty()) parsed.store = parsed.job_directory / "artifacts";
    return parsed;
}

TaskArguments mapped_arguments(TaskArguments asked) {
    if (asked.has_own_store) asked.store = mapped_path(asked.store.string(), asked.mappings);
    for (std::string& root : asked.model_roots) root = mapped_path(root, asked.mappings);
    return asked;
}

fs::path digests_file_of(const TaskArguments& asked) {
    return asked.store / "model_digests.json";
}

Roots roots_for(const Roots& of_job, const TaskArguments& asked) {
    Roots roots;
    for (const auto& [name, path] : of_job) roots[name] = mapped_path(path, asked.mappings);
    for (const auto& [name, path] : asked.roots) {
        if (roots.contains(name)) {
            roots[name] = path;
            continue;
        }
        std::string names;
        for (const auto& [known, ignored] : roots) names += (names.empty() ? "" : ", ") + known;
        throw Error(
            ErrorKind::usage,
            fmt::format("--root {}: this job has no such output root; it has: {}", name, names));
    }
    return roots;
}

}  // namespace nightreel
