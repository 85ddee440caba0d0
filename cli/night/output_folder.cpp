#include "cli/night/output_folder.h"

#include <functional>
#include <set>
#include <system_error>
#include <variant>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/json_values.h"
#include "pipeline/plan/roots/roots.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/night/output_template.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

// Of a take's folder, or of what there is of its path.
fs::path existing_part(const fs::path& folder) {
    fs::path at = folder;
    for (std::error_code fault; at.has_relative_path(); at = at.parent_path()) {
        const fs::file_status status = fs::status(at, fault);
        const bool is_missing = status.type() == fs::file_type::not_found;
        if (!is_missing && status.type() != fs::file_type::none) return at;
        // A part of the path is a file: told at that part.
        if (fault && !is_missing) throw file_error(at, "cannot be used", fault);
    }
    return at;
}

void for_each_take(const NightPlan& plan, const std::function<void(const PublishOrder&)>& visit) {
    for (const PlannedTask& task : plan.graph.tasks) {
        const auto* const order = std::get_if<PublishOrder>(&task.order);
        if (order != nullptr) visit(*order);
    }
}

// Once for all takes that lie in one folder.
void for_each_existing(const NightPlan& plan, const std::function<void(const fs::path&)>& visit) {
    std::set<fs::path> seen;
    for_each_take(plan, [&](const PublishOrder& order) {
        const fs::path around = folder_of_take(order, plan.roots).parent_path();
        if (seen.insert(around).second) visit(existing_part(around));
    });
}

// Empty where no take is, or an unreadable one: publishing has the last word.
std::string published_spec(const fs::path& take_folder) {
    const fs::path record = take_folder / "publish.json";
    std::error_code ignored;
    if (!fs::exists(record, ignored)) return {};
    const Json json = Json::parse(read_file(record), nullptr, false);
    return json.is_object() ? text_at(json.value("take", Json::object()), "spec") : std::string();
}

}  // namespace

fs::path output_root_of(const fs::path& output) {
    if (output.empty()) throw Error(ErrorKind::usage, "--output is empty: expected a folder");
    return fs::absolute(output).lexically_normal();
}

void require_short_paths(const NightPlan& plan) {
    for_each_take(plan, [&](const PublishOrder& order) {
        const fs::path folder = folder_of_take(order, plan.roots);
        const std::string problem = folder_length_problem(folder.string());
        if (problem.empty()) return;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {}: shorten `output` of the shot, or choose another output "
                                "folder",
                                order.take.shot,
                                problem));
    });
}

void require_places_for_takes(const NightPlan& plan) {
    for_each_existing(plan, [](const fs::path& existing) {
        if (fs::is_directory(existing)) return;
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: is a file where a folder of takes is to be: move it away, or "
                                "choose another output folder",
                                existing.string()));
    });
}

void require_no_other_takes(const NightPlan& plan) {
    for_each_take(plan, [&](const PublishOrder& order) {
        const fs::path folder = folder_of_take(order, plan.roots);
        const std::string spec = published_spec(folder);
        if (spec.empty() || spec == order.take.spec.hex()) return;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: contains a take of another night, and `output` of shot {} has "
                                "no {{version}}: add it, or use another folder with -o",
                                folder.string(),
                                order.take.shot));
    });
}

void require_writable_places(const NightPlan& plan) {
    for_each_existing(plan, [](const fs::path& existing) {
        if (::access(existing.c_str(), W_OK | X_OK) == 0) return;
        throw file_error(existing, "cannot be written", last_file_error());
    });
}

}  // namespace nightreel::cli
