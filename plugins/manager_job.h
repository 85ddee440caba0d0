#pragma once
// A night as a farm manager sees it: units, each one call of `nightreel-render task`. The only
// thing that a manager's files are made from. Plain values, any thread.

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/job/job_index.h"
#include "pipeline/job/submission.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// How much one unit does.
enum class Grain { task, take, shot };

template <>
struct EnumWords<Grain> {
    static constexpr auto words = std::to_array<std::pair<Grain, std::string_view>>(
        {{Grain::task, "task"}, {Grain::take, "take"}, {Grain::shot, "shot"}});
};

struct UnitResources {
    bool runs_model = false;        // needs the rendering device
    std::int64_t memory_bytes = 0;  // most of any of its tasks
    double seconds = 0;             // of all of its tasks, on the reference machine of the model
};

struct Unit {
    std::string name;         // "sq010_sh0010.take01"
    std::string stage;        // units of one stage do the same to other takes: "take", "sample03"
    std::int64_t member = 0;  // which of its stage: the take of the job, or the shot, from 0
    std::vector<std::string> tasks;    // in the order in which they run
    std::vector<std::uint32_t> needs;  // indices of earlier units, ascending
    std::vector<std::uint32_t> after;  // of those that end first, well or not, ascending
    UnitResources resources;
    std::vector<std::string> folders = {};  // of the takes that it publishes, below their root
};

struct ManagerJob {
    std::string show;
    std::string directory;            // the job directory, absolute
    std::string files = ".";          // folder of the manager's files in it; submissions/2
    Roots roots;                      // of its takes, with their paths where it was exported
    std::vector<Unit> units;          // after what they need
    std::vector<std::string> stages;  // in the order of their first units
};

// The smallest grain whose units all take as long as this, else take: a manager's own cost of a
// unit is seconds. The one unit after all others does not count.
inline constexpr double unit_seconds_min = 300;
Grain grain_for(const JobIndex& index);

ManagerJob manager_job_of(const JobIndex& index, Grain grain, const std::string& directory);

// The units with these names alone, to hand them over again: what they need of others is done.
// Stages and numbers stay.
ManagerJob only_units(const ManagerJob& job, const std::set<std::string>& names);

// The job directory, seen from the folder of the manager's files: ".", "../..".
std::string directory_from_files(const ManagerJob& job);

// The folder of the manager's files, absolute.
std::string files_directory(const ManagerJob& job);

// The units of a stage, by number.
std::vector<const Unit*> units_of(const ManagerJob& job, std::string_view stage);

// What any unit of the stage asks for.
UnitResources resources_of(const std::vector<const Unit*>& units);

// Seconds that a unit may take: the estimate times `factor`, and 10 minutes to open a model and to
// wait for a slow disk.
std::int64_t time_limit_of(double seconds, double factor);

// The stages that units of this one need, in the job's order.
std::vector<std::string> stages_needed_by(const ManagerJob& job, std::string_view stage);

// Whether each unit of `stage` needs exactly one of `needed`, that with its own number: then a unit
// need not wait for the others.
bool waits_for_partner(const ManagerJob& job, std::string_view stage, std::string_view needed);

}  // namespace nightreel
