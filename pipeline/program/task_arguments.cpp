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
    "[--map FROM=TO]... [--unit NAME]";

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

std::string root_path_in(const std::string& text) {
    return fs::absolute(text.substr(text.find('=') + 1)).lexically_normal().string();
}

// Records of the unit lie in a folder of its name.
std::string unit_in(const std::string& text) {
    const bool is_name = !text.empty() && !text.starts_with('.') &&
                         text.find('/') == std::string::npos && !has_control_characters(text);
    if (is_name) return text;
    throw Error(ErrorKind::usage,
                fmt::format("--unit {}: expected the name of a unit, such as sh010.take01", text));
}

void take_option(TaskArguments& parsed, const std::string& name, const std::string& value) {
    if (name == "--device") {
        parsed.device = value;
    } else if (name == "--threads") {
        parsed.threads = threads_in(value);
    } else if (name == "--memory") {
        parsed.memory_bytes = memory_in(value);
    } else if (name == "--precision") {
        parsed.precision = precision_policy_named(value);
    } else if (name == "--store") {
        parsed.store = fs::absolute(value).lexically_normal();
        parsed.has_own_store = true;
    } else if (name == "--root") {
        parsed.roots.insert_or_assign(root_name_in(value), root_path_in(value));
    } else if (name == "--map") {
        parsed.mappings.push_back(path_mapping_of(value));
    } else if (name == "--unit") {
        parsed.unit = unit_in(value);
    } else if (name == "--models") {
        parsed.model_roots.push_back(value);
    } else {
        throw Error(ErrorKind::usage, fmt::format("unknown option {}\n{}", name, task_usage));
    }
}

}  // namespace

TaskArguments task_arguments_of(std::span<const std::string> arguments) {
    TaskArguments parsed;
    std::vector<std::string> places;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string& argument = arguments[at];
        if (!argument.starts_with("--")) {
            places.push_back(argument);
            continue;
        }
        if (at + 1 == arguments.size()) throw Error(ErrorKind::usage, std::string(task_usage));
        take_option(parsed, argument, arguments[++at]);
    }
    if (places.size() < 2) throw Error(ErrorKind::usage, std::string(task_usage));
    parsed.job_directory = fs::absolute(places.front()).lexically_normal();
    parsed.tasks.assign(places.begin() + 1, places.end());
    if (parsed.store.empty()) parsed.store = parsed.job_directory / "artifacts";
    return parsed;
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
