#include "scheduler/farm/placement.h"

#include <algorithm>

namespace nightreel {
namespace {

bool contains(const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool another_could_take(const Farm& farm, const FarmPolicy& policy, const Task& task, Millis now) {
    return std::any_of(farm.workers.begin(), farm.workers.end(), [&](const auto& entry) {
        const auto& [id, worker] = entry;
        return is_live(policy, worker, now) && !is_set_aside(worker, now) &&
               is_large_enough(task, worker.memory_bytes) && !contains(task.troubles.failed_on, id);
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
        if (task.spec.memory_bytes > asker_.free_memory_bytes) return false;
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
            if (line.memory_bytes > asker_.free_memory_bytes) continue;
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

    std::optional<TaskIndex> best_of_line(const Job& job, const std::set<TaskIndex>& line) const {
        std::optional<TaskIndex> best;
        std::size_t best_cached = 0;
        std::size_t compared = 0;
        for (const TaskIndex index : line) {
            if (!may_take(job, index)) continue;
            const std::size_t cached = cached_needs(job, job.tasks[index]);
            if (!best || cached > best_cached) {
                best = index;
                best_cached = cached;
            }
            if (asker_.cached.empty() || ++compared >= policy_.cache_candidates_max) break;
        }
        return best;
    }

    std::size_t cached_needs(const Job& job, const Task& task) const {
        if (asker_.cached.empty()) return 0;
        return static_cast<std::size_t>(
            std::count_if(task.spec.needs.begin(), task.spec.needs.end(), [&](TaskIndex need) {
                return contains(asker_.cached, job.tasks[need].spec.digest);
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
