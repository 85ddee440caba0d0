#pragma once
// From the path of a night file to a plan, for the verbs that begin with one. Diagnostics go to
// stderr.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/night/versions.h"
#include "cli/verbs.h"
#include "pipeline/plan/plan_night.h"
#include "pipeline/plan/records/job_facts.h"
#include "shotspec/night/night.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/check_night.h"

namespace nightreel::cli {

struct NightAsked {
    std::string path;
    bool strict = false;          // warnings are errors
    bool takes_register = false;  // a file of characters and styles alone will do
};

// What the files of a night say, beside what they mean.
struct WrittenNight {
    struct Prompt {
        std::string prompt;
        std::optional<std::string> negative;
    };

    struct Character {
        CharacterSheet sheet;
        std::string file;                // that describes it
        std::vector<std::string> shots;  // whose text names it
    };

    std::vector<std::string> files;         // the night file, then what it includes
    std::map<std::string, Prompt> prompts;  // of shots
    std::map<std::string, Character> characters;
};

// The argument NIGHT and the flag --strict.
std::vector<Option> night_options(NightAsked& asked);

// `written`, where it is given, is filled with what the files say.
CheckedNight look_at_night(const NightAsked& asked,
                           const Surroundings& surroundings,
                           WrittenNight* written = nullptr);

// Whether the verb may go on: no errors and, when strict, no warnings.
bool is_accepted(const NightAsked& asked, const std::vector<Diagnostic>& diagnostics);

// Prints every diagnostic; throws Error{bad_input} when the night is not accepted.
ResolvedNight load_night(const NightAsked& asked,
                         const Surroundings& surroundings,
                         WrittenNight* written = nullptr);

// The texts of its files, byte for byte. Error{bad_input} when they are too long to be kept with a
// job.
std::vector<NightFile> texts_of(const WrittenNight& written);

// Has the records of takes tell their prompts as they were written.
void note_prompts(NightPlan& plan, const WrittenNight& written);

// Whose time and memory a plan estimates: this machine's, or those of a farm's workers, which are
// taken to have what model cards were measured with.
enum class PlannedFor { this_machine, farm };

// Its shots that are `reproducible: strict`, tied to the device class that will render them.
ResolvedNight on_device_class(ResolvedNight night, const std::string& device_class);
bool has_strict_shots(const ResolvedNight& night);

// Where and how a night is planned to run. Versions that are not given are chosen by what lies in
// the output folder.
struct PlanSetting {
    PlannedFor where = PlannedFor::this_machine;
    std::optional<ShotVersions> versions = {};
    std::string root = takes_root;  // name of the output folder in orders
    std::vector<TaskRate> rates = {};
    std::string device_class = {};  // whose rates; empty: of the class that did most work
};

// `output` is made absolute.
NightPlan plan_for(const ResolvedNight& night,
                   const std::filesystem::path& output,
                   PlanSetting setting);

// The same work into the same folder is the same job.
std::string submission_key(const NightPlan& plan, const std::filesystem::path& output);

}  // namespace nightreel::cli
