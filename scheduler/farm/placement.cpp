#include "scheduler/farm/placement.h"

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/farm/able_workers.h"

namespace nightreel {
namespace {

bool contains(const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

// One question of one worker.
class Search {
  public:
    Search(const Farm& farm, const FarmPolicy& policy, const AskForWork& asker, Millis now)
        : farm_(farm),
          policy_(policy),
          asker_(asker),
          worker_(farm.workers.at(asker.worker)),
          now_(now),
          able_(farm, policy, now) {}

    std::optional<Placement> run() {
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
    // Tasks that nobody has tried go first, and some leases to those that were returned, so that
    // neither waits for the end of the other.
    std::optional<TaskIndex> best_of(const Job& job) {
        const bool returned_first =
            (farm_.last_attempt.value + 1) % policy_.returned_first_every == 0;
        if (!returned_first) {
            if (const auto ready = best_ready(job)) return ready;
            return best_due(job);
        }
        if (const auto due = best_due(job)) return due;
        return best_ready(job);
    }

    // Whether a line is for this worker at all.
    bool suits(const Job& job, const ReadyLine& line) const {
        return line.memory_bytes <= worker_.memory_bytes &&
               can_render(worker_, line.model_digest, line.device_class) &&
               !must_wait(policy_, job, line.model, asker_.worker, now_);
    }

    bool may_take(const Job& job, TaskIndex index) {
        const Task& task = job.tasks[index];
        if (farm_.in_work.contains(task.spec.digest)) return false;
        if (!is_large_enough(task, worker_.memory_bytes)) return false;
        return !contains(task.troubles.failed_on, asker_.worker) ||
               !able_.another_could_take(task, asker_.worker);
    }

    // What has waited longest for its next try.
    std::optional<TaskIndex> best_due(const Job& job) {
        std::optional<DueTask> best;
        for (const auto& [line, tasks] : job.delayed) {
            if (!suits(job, line)) continue;
            for (const DueTask& due : tasks) {
                if (due.not_before > now_ || (best && *best < due)) break;
                if (!may_take(job, due.index)) continue;
                best = due;
                break;
            }
        }
        if (!best) return {};
        return best->index;
    }

    std::optional<TaskIndex> best_ready(const Job& job) {
        std::optional<TaskIndex> best;
        bool best_loaded = false;
        for (const auto& [line, tasks] : job.ready) {
            if (!suits(job, line)) continue;
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
    std::optional<TaskIndex> best_of_line(const Job& job, const std::set<TaskIndex>& line) {
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
    AbleWorkers able_;
};

}  // namespace

bool is_live(const FarmPolicy& policy, const Worker& worker, Millis now) {
    return now < worker.last_seen + policy.worker_silent;
}

bool must_wait(const FarmPolicy& policy,
               const Job& job,
               const std::string& model,
               const WorkerId& worker,
               Millis now) {
    const auto found = job.refusals.find(model);
    if (found == job.refusals.end()) return false;
    const Refusals& refusals = found->second;
    return refusals.in_a_row >= policy.refusals_max && now < refusals.not_before &&
           refusals.by.contains(worker);
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
