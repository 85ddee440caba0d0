#include "pipeline/plan/plan_sums.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nightreel {
namespace {

void add_to_shot(ShotPlan& shot, const TaskCost& cost) {
    shot.task_count += 1;
    shot.seconds += cost.seconds;
    shot.memory_bytes = std::max(shot.memory_bytes, cost.memory_bytes);
    shot.resident_bytes = std::max(shot.resident_bytes, cost.resident_bytes);
    shot.disk_bytes += cost.disk_bytes;
}

}  // namespace

void add_up(NightPlan& plan) {
    std::unordered_map<std::string_view, ShotPlan*> shots;
    for (ShotPlan& shot : plan.shots) shots[shot.shot] = &shot;
    std::vector<double> ready_after;  // seconds of the longest chain that ends with each task
    ready_after.reserve(plan.graph.tasks.size());
    for (const PlannedTask& task : plan.graph.tasks) {
        plan.totals.tasks += 1;
        plan.totals.seconds += task.cost.seconds;
        plan.totals.disk_bytes += task.cost.disk_bytes;
        if (!task.shot.empty()) add_to_shot(*shots.at(task.shot), task.cost);
        double begins = 0;
        for (const auto* others : {&task.needs, &task.after}) {
            for (const std::uint32_t one : *others) begins = std::max(begins, ready_after[one]);
        }
        ready_after.push_back(begins + task.cost.seconds);
        plan.totals.chain_seconds = std::max(plan.totals.chain_seconds, ready_after.back());
    }
    for (const ShotPlan& shot : plan.shots) {
        plan.totals.shots += 1;
        plan.totals.takes += shot.takes;
        plan.totals.segments += shot.takes * std::ssize(shot.segments.segments);
        plan.totals.frames += shot.takes * shot.frames.count();
        plan.totals.memory_bytes = std::max(plan.totals.memory_bytes, shot.memory_bytes);
        plan.totals.resident_bytes = std::max(plan.totals.resident_bytes, shot.resident_bytes);
    }
}

}  // namespace nightreel
