#include "plugins/slurm/slurm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plugins/scripts.h"  // from the .sh files
#include "plugins/slurm/slurm_query.h"
#include "plugins/unit_arrays.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr double minutes_beside_work = 10;  // to open a model, to wait for a slow disk

// Holds the array's number in submit.sh.
std::string slurm_variable(const UnitArray& array) {
    std::string name = "id_" + array.name;
    std::ranges::replace(name, '-', '_');
    return name;
}

std::string slurm_dependency(const UnitArray& array, const std::vector<UnitArray>& all) {
    std::vector<std::string> conditions;
    for (const ArrayWait& wait : array.waits) {
        const std::string id = fmt::format("${{{}}}", slurm_variable(all[wait.array]));
        std::string condition = wait.what == ArrayWaitsFor::partners  ? "aftercorr"
                                : wait.what == ArrayWaitsFor::results ? "afterok"
                                                                      : "afterany";
        if (wait.members.empty()) condition += ":" + id;
        for (const std::int64_t member : wait.members) {
            condition += fmt::format(":{}_{}", id, member);
        }
        conditions.push_back(std::move(condition));
    }
    return fmt::format("{}", fmt::join(conditions, ","));
}

std::vector<std::string> sbatch_options(const UnitArray& array, const ManagersSection& site) {
    const SlurmSite& slurm = site.slurm;
    const UnitResources most = resources_of(array.units());
    std::vector<std::string> options{fmt::format("--array={}", number_ranges(array.numbers())),
                                     fmt::format("--cpus-per-task={}", site.threads)};
    const auto add = [&](const char* name, const std::optional<std::string>& value) {
        if (value && !value->empty()) options.push_back(fmt::format("--{}={}", name, *value));
    };
    add("partition", slurm.partition);
    add("account", slurm.account);
    add("qos", slurm.qos);
    add("licenses", slurm.licences);
    if (most.runs_model && site.device != "cpu") add("gres", slurm.gres);
    if (slurm.memory && most.memory_bytes > 0) {
        options.push_back(fmt::format("--mem={}M", mebibytes_of(most.memory_bytes)));
    }
    if (slurm.time_factor) {
        const double minutes = most.seconds * *slurm.time_factor / 60 + minutes_beside_work;
        options.push_back(fmt::format("--time={}", static_cast<std::int64_t>(std::ceil(minutes))));
    }
    options.insert(options.end(), slurm.options.begin(), slurm.options.end());
    return options;
}

// Of a night's graph: another value would take it apart.
void refuse_own_options(const SlurmSite& site) {
    constexpr auto own = std::to_array<std::string_view>({"--array",
                                                          "-a",
                                                          "--dependency",
                                                          "-d",
                                                          "--comment",
                                                          "--job-name",
                                                          "-J",
                                                          "--parsable",
                                                          "--output",
                                                          "-o",
                                                          "--wrap"});
    for (const std::string& option : site.options) {
        const std::string name = option.substr(0, option.find('='));
        if (std::ranges::find(own, name) == own.end()) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("managers.slurm.options: {} is set by Nightreel itself: remove it",
                                option));
    }
}

ManagerFiles slurm_files(const ManagerJob& job, const ManagersSection& site) {
    refuse_own_options(site.slurm);
    ManagerFiles files{
        .texts = {{"cancel.sh", scripts::slurm_cancel}},
        .to_submit = "./submit.sh",
        .to_watch = "squeue --states=all --format='%.20i %.40j %.12T %R' | grep -F " +
                    shell_word(fmt::format("nightreel.{}.", job.show)),
        .to_cancel = "./cancel.sh"};
    const std::string directory = directory_from_files(job);
    files.texts["slurm/member.sh"] =
        filled(scripts::slurm_member,
               {{"requeues", fmt::format("{}", site.slurm.requeues_max)}, {"job", directory}});
    const std::vector<UnitArray> arrays = unit_arrays_of(job, site.slurm.array_max);
    std::string submissions;
    for (const UnitArray& array : arrays) {
        std::string& units = files.texts["slurm/arrays/" + array.name];
        for (const ArrayMember& member : array.members) {
            units += fmt::format("{} {}\n", member.number, member.unit->name);
        }
        const std::string dependency = slurm_dependency(array, arrays);
        submissions += fmt::format("submit {} {}{} \"$@\"; {}=$id\n",
                                   array.name,
                                   shell_words(sbatch_options(array, site)),
                                   dependency.empty() ? "" : " --dependency=" + dependency,
                                   slurm_variable(array));
    }
    files.texts["submit.sh"] =
        filled(scripts::slurm_submit,
               {{"night", shell_word(job.show)}, {"job", directory}, {"arrays", submissions}});
    return files;
}

}  // namespace

FarmManager slurm_manager() {
    return {.name = "slurm",
            .meaning = "Slurm 22.05 or later: job arrays over takes, for each stage",
            .files = slurm_files,
            .query = slurm_query};
}

}  // namespace nightreel
