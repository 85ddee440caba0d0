#include "plugins/slurm/slurm.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plugins/scripts.h"  // from the .sh files

namespace nightreel {
namespace {

constexpr double minutes_beside_work = 10;  // to open a model, to wait for a slow disk

// A piece of a stage that one array holds: members from `begin`, at most `array_max`.
struct Array {
    std::string stage;
    std::int64_t chunk = 0;
    std::vector<const Unit*> units;  // by member

    std::string name() const { return chunk == 0 ? stage : fmt::format("{}-{}", stage, chunk); }
};

class SlurmNight {
  public:
    SlurmNight(const ManagerJob& job, const ManagersSection& site) : job_(job), site_(site) {
        for (const std::string& stage : job.stages) cut_into_arrays(stage);
    }

    ManagerFiles files() const {
        ManagerFiles files{.texts = {},
                           .to_submit = "./submit.sh",
                           .to_watch = shell_words({"squeue", "--states=all", "--name", names()}),
                           .to_cancel = "./cancel.sh"};
        files.texts["slurm/member.sh"] = filled(
            scripts::slurm_member, {{"requeues", fmt::format("{}", site_.slurm.requeues_max)}});
        files.texts["cancel.sh"] = scripts::slurm_cancel;
        files.texts["submit.sh"] = submit_script();
        return files;
    }

  private:
    void cut_into_arrays(const std::string& stage) {
        std::map<std::int64_t, std::vector<const Unit*>> chunks;
        for (const Unit* unit : units_of(job_, stage)) {
            chunks[unit->member / site_.slurm.array_max].push_back(unit);
        }
        for (auto& [chunk, units] : chunks) arrays_.push_back({stage, chunk, std::move(units)});
    }

    std::string night_name() const { return shell_word(job_.show); }

    std::string names() const {
        std::vector<std::string> names;
        for (const Array& array : arrays_) {
            names.push_back(fmt::format("nightreel.{}.{}", job_.show, array.name()));
        }
        return fmt::format("{}", fmt::join(names, ","));
    }

    std::string members_of(const Array& array) const {
        std::vector<std::int64_t> numbers;
        for (const Unit* unit : array.units) {
            numbers.push_back(unit->member % site_.slurm.array_max);
        }
        return number_ranges(numbers);
    }

    std::string variable_of(const Array& array) const {
        std::string name = "id_" + array.name();
        std::ranges::replace(name, '-', '_');
        return name;
    }

    // Whether `waited_for` of any unit of the array is in the other one.
    bool waits(const Array& array,
               const Array& other,
               std::vector<std::uint32_t> Unit::*waited_for) const {
        return std::ranges::any_of(array.units, [&](const Unit* unit) {
            return std::ranges::any_of(unit->*waited_for, [&](std::uint32_t one) {
                const Unit& waited = job_.units[one];
                return waited.stage == other.stage &&
                       waited.member / site_.slurm.array_max == other.chunk;
            });
        });
    }

    std::string dependency_of(const Array& array) const {
        std::vector<std::string> conditions;
        for (const Array& other : arrays_) {
            if (&other == &array) continue;
            if (waits(array, other, &Unit::after)) {
                conditions.push_back(fmt::format("afterany:${}", variable_of(other)));
            }
            if (!waits(array, other, &Unit::needs)) continue;
            const bool by_partner = waits_for_partner(job_, array.stage, other.stage);
            conditions.push_back(
                fmt::format("{}:${}", by_partner ? "aftercorr" : "afterok", variable_of(other)));
        }
        return fmt::format("{}", fmt::join(conditions, ","));
    }

    std::vector<std::string> options_of(const Array& array) const {
        const SlurmSite& slurm = site_.slurm;
        const UnitResources most = resources_of(array.units);
        std::vector<std::string> options{fmt::format("--array={}", members_of(array)),
                                         fmt::format("--cpus-per-task={}", site_.threads)};
        const auto add = [&](const char* name, const std::optional<std::string>& value) {
            if (value && !value->empty()) options.push_back(fmt::format("--{}={}", name, *value));
        };
        add("partition", slurm.partition);
        add("account", slurm.account);
        add("qos", slurm.qos);
        add("licenses", slurm.licences);
        if (most.runs_model && site_.device != "cpu") add("gres", slurm.gres);
        if (slurm.memory && most.memory_bytes > 0) {
            options.push_back(fmt::format("--mem={}M", mebibytes_of(most.memory_bytes)));
        }
        if (slurm.time_factor) {
            const double minutes = most.seconds * *slurm.time_factor / 60 + minutes_beside_work;
            options.push_back(
                fmt::format("--time={}", static_cast<std::int64_t>(std::ceil(minutes))));
        }
        options.insert(options.end(), slurm.options.begin(), slurm.options.end());
        return options;
    }

    std::string submit_script() const {
        std::string stages;
        for (const Array& array : arrays_) {
            const std::string dependency = dependency_of(array);
            stages += fmt::format("submit {} {} {} {}{} \"$@\"; {}=$id\n",
                                  shell_word(array.name()),
                                  shell_word(array.stage),
                                  array.chunk * site_.slurm.array_max,
                                  shell_words(options_of(array)),
                                  dependency.empty() ? "" : " --dependency=" + dependency,
                                  variable_of(array));
        }
        return filled(scripts::slurm_submit, {{"night", night_name()}, {"stages", stages}});
    }

    const ManagerJob& job_;
    const ManagersSection& site_;
    std::vector<Array> arrays_;
};

ManagerFiles slurm_files(const ManagerJob& job, const ManagersSection& site) {
    return SlurmNight(job, site).files();
}

}  // namespace

FarmManager slurm_manager() {
    return {.name = "slurm",
            .meaning = "Slurm 22.05 or later: job arrays over takes, one for each stage",
            .files = slurm_files};
}

}  // namespace nightreel
