#include "plugins/manager_job.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace nightreel {
namespace {

bool runs_model(TaskKind kind) {
    return kind == TaskKind::encode || kind == TaskKind::sample || kind == TaskKind::decode ||
           kind == TaskKind::hand_over;
}

// "sq010_sh0010.take01.sample03" is sample03 of take 1.
std::string last_part(const std::string& name) {
    return name.substr(name.rfind('.') + 1);
}

// A task of the whole job is a unit of its own.
std::string unit_name(const JobTask& task, Grain grain) {
    if (grain == Grain::task || task.shot.empty()) return task.name;
    if (grain == Grain::shot) return task.shot;
    return task.take == 0 ? task.name : fmt::format("{}.take{:02}", task.shot, task.take);
}

std::string stage_name(const JobTask& task, Grain grain) {
    if (task.shot.empty()) return task.name;
    if (grain == Grain::shot) return "shot";
    if (grain == Grain::take && task.take != 0) return "take";
    return last_part(task.name);
}

// Takes are numbered through the job, and so are shots: the same take has one number in every
// stage.
class Members {
  public:
    std::int64_t of(const JobTask& task, Grain grain) {
        if (task.shot.empty()) return 0;
        const bool by_take = grain != Grain::shot && task.take != 0;
        auto& numbers = by_take ? takes_ : shots_;
        const std::pair key{task.shot, by_take ? task.take : 0};
        return numbers.emplace(key, static_cast<std::int64_t>(numbers.size())).first->second;
    }

  private:
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> takes_;
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> shots_;
};

void add(UnitResources& resources, const JobTask& task) {
    resources.runs_model = resources.runs_model || runs_model(task.kind);
    resources.memory_bytes = std::max(resources.memory_bytes, task.cost.memory_bytes);
    resources.seconds += task.cost.seconds;
}

}  // namespace

Grain grain_for(const JobIndex& index) {
    for (const auto& [grain, word] : EnumWords<Grain>::words) {
        const ManagerJob job = manager_job_of(index, grain, {});
        const bool all_long = std::ranges::all_of(job.units, [](const Unit& unit) {
            // Ranking takes a moment, and no take can hold it.
            return unit.resources.seconds >= unit_seconds_min || !unit.after.empty() ||
                   unit.stage == word_of(TaskKind::rank);
        });
        if (all_long) return grain;
    }
    return Grain::take;
}

std::vector<const Unit*> units_of(const ManagerJob& job, std::string_view stage) {
    std::vector<const Unit*> units;
    for (const Unit& unit : job.units) {
        if (unit.stage == stage) units.push_back(&unit);
    }
    std::ranges::sort(units, {}, [](const Unit* unit) { return unit->member; });
    return units;
}

UnitResources resources_of(const std::vector<const Unit*>& units) {
    UnitResources most;
    for (const Unit* unit : units) {
        most.runs_model = most.runs_model || unit->resources.runs_model;
        most.memory_bytes = std::max(most.memory_bytes, unit->resources.memory_bytes);
        most.seconds = std::max(most.seconds, unit->resources.seconds);
    }
    return most;
}

std::int64_t time_limit_of(double seconds, double factor) {
    constexpr double beside_work = 600;
    return static_cast<std::int64_t>(std::ceil(seconds * factor + beside_work));
}

std::vector<std::string> stages_needed_by(const ManagerJob& job, std::string_view stage) {
    std::set<std::string> needed;
    for (const Unit* unit : units_of(job, stage)) {
        for (const auto* others : {&unit->needs, &unit->after}) {
            for (const std::uint32_t other : *others) needed.insert(job.units[other].stage);
        }
    }
    std::vector<std::string> in_order;
    for (const std::string& other : job.stages) {
        if (needed.contains(other)) in_order.push_back(other);
    }
    return in_order;
}

bool waits_for_partner(const ManagerJob& job, std::string_view stage, std::string_view needed) {
    return std::ranges::all_of(units_of(job, stage), [&](const Unit* unit) {
        std::vector<std::int64_t> members;
        for (const std::uint32_t need : unit->needs) {
            if (job.units[need].stage == needed) members.push_back(job.units[need].member);
        }
        return members == std::vector{unit->member};
    });
}

ManagerJob manager_job_of(const JobIndex& index, Grain grain, const std::string& directory) {
    ManagerJob job{.show = index.show,
                   .directory = directory,
                   .files = ".",
                   .roots = index.roots,
                   .units = {},
                   .stages = {}};
    std::unordered_map<std::string, std::uint32_t> unit_of_name;
    std::unordered_map<std::string, std::uint32_t> unit_of_task;
    std::set<std::string> stages;
    Members members;
    std::vector<std::set<std::uint32_t>> needs;
    std::vector<std::set<std::uint32_t>> after;
    for (const JobTask& task : index.tasks) {
        const auto next = static_cast<std::uint32_t>(job.units.size());
        const auto [found, is_new] = unit_of_name.emplace(unit_name(task, grain), next);
        if (is_new) {
            job.units.push_back({.name = found->first,
                                 .stage = stage_name(task, grain),
                                 .member = members.of(task, grain),
                                 .tasks = {},
                                 .needs = {},
                                 .after = {},
                                 .resources = {}});
            needs.emplace_back();
            after.emplace_back();
            const std::string& stage = job.units.back().stage;
            if (stages.insert(stage).second) job.stages.push_back(stage);
        }
        Unit& unit = job.units[found->second];
        unit.tasks.push_back(task.name);
        add(unit.resources, task);
        if (task.folder) unit.folders.push_back(*task.folder);
        unit_of_task.emplace(task.name, found->second);
        for (const std::string& need : task.needs) {
            const std::uint32_t other = unit_of_task.at(need);
            if (other != found->second) needs[found->second].insert(other);
        }
        for (const std::string& other : task.after) {
            after[found->second].insert(unit_of_task.at(other));
        }
    }
    for (std::size_t at = 0; at < job.units.size(); ++at) {
        job.units[at].needs.assign(needs[at].begin(), needs[at].end());
        job.units[at].after.assign(after[at].begin(), after[at].end());
    }
    return job;
}

ManagerJob only_units(const ManagerJob& job, const std::set<std::string>& names) {
    ManagerJob part = job;
    part.units.clear();
    part.stages.clear();
    std::unordered_map<std::uint32_t, std::uint32_t> place_of;  // by index in `job`
    const auto kept = [&](const std::vector<std::uint32_t>& others) {
        std::vector<std::uint32_t> places;
        for (const std::uint32_t other : others) {
            if (const auto found = place_of.find(other); found != place_of.end()) {
                places.push_back(found->second);
            }
        }
        return places;
    };
    for (std::uint32_t at = 0; at < job.units.size(); ++at) {
        if (!names.contains(job.units[at].name)) continue;
        place_of.emplace(at, static_cast<std::uint32_t>(part.units.size()));
        Unit& unit = part.units.emplace_back(job.units[at]);
        unit.needs = kept(unit.needs);
        unit.after = kept(unit.after);
    }
    for (const std::string& stage : job.stages) {
        if (!units_of(part, stage).empty()) part.stages.push_back(stage);
    }
    return part;
}

std::string files_directory(const ManagerJob& job) {
    return job.files == "." ? job.directory : fmt::format("{}/{}", job.directory, job.files);
}

std::string directory_from_files(const ManagerJob& job) {
    if (job.files == ".") return ".";
    const auto depth = 1 + std::ranges::count(job.files, '/');
    std::string up = "..";
    for (auto level = depth; level > 1; --level) up += "/..";
    return up;
}

}  // namespace nightreel
