#include "scheduler/farm/placement.h"

#include <algorithm>

#include <fmt/format.h>

namespace nightreel {
namespace {

bool contains(const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool another_could_take(const Farm& farm, const FarmPolicy& policy, const Task& task, Millis now) {
    return std::any_of(farm.workers.begin(), farm.workers.end(), [&](const auto& entry) {
        const auto& [id, worker] = entry;
        return is_live(policy, worker, now) && !is_set_aside(worker, now) &&
               is_large_enough(task, worker.memory_bytes) &&
               can_render(worker, task.spec.model_digest, task.spec.device_class) &&
               !contains(task.troubles.failed_on, id);
    });
}

// One question of one worker.
class Search {
  public:
    Search(const Farm& farm, const FarmPolicy& policy, const AskForWork& asker, Millis now)
        : farm_(farm),
          policy_(policy),
          asker_(asker),
          worker_(farm.workers.at(asker.worker)),
          now_(now) {}

    std::optional<Placement> run() const {
        for (const JobRank& rank : farm_.queue) {
            const Job& job = farm_.jobs.at(rank.job);
            const std::optional<TaskIndex> index = best_of(job);
            if (!index) continue;
            const Troubles& troubles = job.tasks[*index].troubles;
            const bool lean =
                troubles.oom_memory_bytes > 0 && worker_.memory_bytes <= troubles.oom_memory_bytes;
            return Placement{{rank.job, *index}, lean};
        }
        return {};
    }

  private:
    bool may_take(const Job& job, TaskIndex index) const {
        const Task& task = job.tasks[index];
        if (farm_.in_work.contains(task.spec.digest)) return false;
        const TaskSpec& spec = task.spec;
        if (!can_render(worker_, spec.model_digest, spec.device_class)) return false;
        if (!is_large_enough(task, worker_.memory_bytes)) return false;
        return !contains(task.troubles.failed_on, asker_.worker) ||
               !another_could_take(farm_, policy_, task, now_);
    }

    std::optional<TaskIndex> best_of(const Job& job) const {
        std::optional<TaskIndex> best;
        for (const DueTask& due : job.delayed) {
            if (due.not_before > now_) break;
            if (may_take(job, due.index)) return due.index;
        }
        bool best_loaded = false;
        for (const auto& [line, tasks] : job.ready) {
            if (line.memory_bytes > worker_.memory_bytes) continue;
            if (!can_render(worker_, line.model_digest, line.device_class)) continue;
            const bool loaded = !line.model.empty() && contains(asker_.loaded_models, line.model);
            if (best && best_loaded && !loaded) continue;
            const std::optional<TaskIndex> candidate = best_of_line(job, tasks);
            if (!candidate) continue;
            if (!best || (loaded && !best_loaded) ||
                (loaded == best_loaded && *candidate < *best)) {
                best = candidate;
                best_loaded = loaded;
            }
        }
        return best;
    }

    // The first that may be taken; among the first few the one whose inputs were made here, because
    // they may still be in this machine's memory.
    std::optional<TaskIndex> best_of_line(const Job& job, const std::set<TaskIndex>& line) const {
        std::optional<TaskIndex> best;
        std::size_t best_near = 0;
        std::size_t compared = 0;
        for (const TaskIndex index : line) {
            if (!may_take(job, index)) continue;
            const std::size_t near = needs_made_here(job, job.tasks[index]);
            if (!best || near > best_near) {
                best = index;
                best_near = near;
            }
            if (++compared >= policy_.near_candidates_max) break;
        }
        return best;
    }

    std::size_t needs_made_here(const Job& job, const Task& task) const {
        return static_cast<std::size_t>(
            std::count_if(task.spec.needs.begin(), task.spec.needs.end(), [&](TaskIndex need) {
                return job.tasks[need].last_worker == asker_.worker;
            }));
    }

    const Farm& farm_;
    const FarmPolicy& policy_;
    const AskForWork& asker_;
    const Worker& worker_;
    Millis now_;
};

}  // namespace

bool is_live(const FarmPolicy& policy, const Worker& worker, Millis now) {
    return now < worker.last_seen + policy.worker_silent;
}

bool is_set_aside(const Worker& worker, Millis now) {
    return worker.set_aside_until && now < *worker.set_aside_until;
}

bool can_render(const Worker& worker, const Digest& model, const std::string& device_class) {
    if (worker.unfit.contains(Digest{})) return false;
    if (!model.empty() && worker.unfit.contains(model)) return false;
    if (!worker.offer) return true;  // it has not said yet; it will find out
    if (!worker.offer->fault.empty()) return false;
    if (!device_class.empty() && worker.offer->device_class != device_class) return false;
    const auto& models = worker.offer->models;
    return model.empty() || std::any_of(models.begin(), models.end(), [&](const OfferedModel& m) {
               return m.digest == model && m.fault.empty();
           });
}

std::string why_not_there(const Worker& worker, const TaskSpec& task) {
    for (const Digest& digest : {Digest{}, task.model_digest}) {
        const auto unfit = worker.unfit.find(digest);
        if (unfit != worker.unfit.end()) return unfit->second;
    }
    if (!worker.offer || can_render(worker, task.model_digest, task.device_class)) return {};
    const WorkerOffer& offer = *worker.offer;
    if (!offer.fault.empty()) return offer.fault;
    if (!task.device_class.empty() && offer.device_class != task.device_class) {
        return fmt::format("its device class is \"{}\", the job requires \"{}\"",
                           offer.device_class,
                           task.device_class);
    }
    bool other_card = false;
    for (const OfferedModel& model : offer.models) {
        if (model.digest == task.model_digest) return model.fault;
        other_card = other_card || model.name == task.model;
    }
    return other_card ? fmt::format("its card of model {} is another one", task.model)
                      : fmt::format("it does not have model {}", task.model);
}

bool is_large_enough(const Task& task, std::uint64_t memory_bytes) {
    const std::uint64_t too_small = task.troubles.oom_lean_memory_bytes;
    return memory_bytes >= task.spec.memory_bytes && (too_small == 0 || memory_bytes > too_small);
}

std::optional<Placement> choose_task(const Farm& farm,
                                     const FarmPolicy& policy,
                                     const AskForWork& asker,
                                     Millis now) {
    return Search(farm, policy, asker, now).run();
}

}  // namespace nightreel
