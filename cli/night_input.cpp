#include "cli/night_input.h"

#include <cstdio>

#include <fmt/format.h>

#include "cli/versions.h"
#include "shotspec/base/error.h"
#include "shotspec/check_night.h"

namespace fs = std::filesystem;

namespace nightreel::cli {

ResolvedNight load_night(const std::string& path, const Surroundings& surroundings) {
    const std::vector<fs::path> roots(surroundings.model_roots.begin(),
                                      surroundings.model_roots.end());
    CheckedNight checked =
        check_night(path, {.model_roots = roots, .variable = environment_variable});
    if (checked.night) return std::move(*checked.night);
    fmt::print(stderr, "{}", text_of(checked.diagnostics));
    const std::size_t count = checked.diagnostics.size();
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: {} problem{}", path, count, count == 1 ? "" : "s"));
}

NightPlan plan_for(const ResolvedNight& night, const fs::path& output) {
    const fs::path root = fs::absolute(output).lexically_normal();
    return plan_night(night,
                      {.output_root = root.string(), .versions = choose_versions(night, root)});
}

std::string submission_key(const NightPlan& plan, const fs::path& output) {
    Hasher hasher;
    hasher.field(fs::absolute(output).lexically_normal().string());
    for (const PlannedTask& task : plan.graph.tasks) hasher.field(task.digest.hex());
    return hasher.finish().hex();
}

}  // namespace nightreel::cli
