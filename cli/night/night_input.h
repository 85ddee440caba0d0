#pragma once
// From the path of a night file to a plan, for the verbs that begin with one. Diagnostics go to
// stderr.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/night/versions.h"
#include "cli/verbs.h"
#include "pipeline/plan/plan_night.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/check_night.h"

namespace nightreel::cli {

struct NightAsked {
    std::string path;
    bool strict = false;  // warnings are errors
};

// The argument NIGHT and the flag --strict.
std::vector<Option> night_options(NightAsked& asked);

CheckedNight look_at_night(const NightAsked& asked, const Surroundings& surroundings);

// Whether the verb may go on: no errors and, when strict, no warnings.
bool is_accepted(const NightAsked& asked, const std::vector<Diagnostic>& diagnostics);

// Prints every diagnostic; throws Error{bad_input} when the night is not accepted.
ResolvedNight load_night(const NightAsked& asked, const Surroundings& surroundings);

// Whose time and memory a plan estimates: this machine's, or those of a farm's workers, which are
// taken to have what model cards were measured with.
enum class PlannedFor { this_machine, farm };

// Its shots that are `reproducible: strict`, tied to the device class that will render them.
ResolvedNight on_device_class(ResolvedNight night, const std::string& device_class);
bool has_strict_shots(const ResolvedNight& night);

// `output` is made absolute; `root` is its name in orders. Versions that are not given are chosen
// by what lies there.
NightPlan plan_for(const ResolvedNight& night,
                   const std::filesystem::path& output,
                   PlannedFor where,
                   std::optional<ShotVersions> versions = {},
                   const std::string& root = takes_root);

// The same work into the same folder is the same job.
std::string submission_key(const NightPlan& plan, const std::filesystem::path& output);

}  // namespace nightreel::cli
