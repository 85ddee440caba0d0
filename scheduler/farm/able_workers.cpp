#include "scheduler/farm/able_workers.h"

#include <algorithm>

#include "scheduler/farm/placement.h"

namespace nightreel {
namespace {

// One that says it can render nothing at all is like one that is not there: when it is mended, the
// tasks go on.
bool could_do_something(const Worker& worker) {
    return !worker.offer || worker.offer->fault.empty();
}

// Since when it was found unfit, if what it says now is what it said then: that it is tried again
// proves nothing.
std::optional<Millis> unfit_since(const Worker& worker, const TaskSpec& task) {
    std::optional<Millis> since;
    for (const Digest& digest : {Digest{}, task.model_digest}) {
        const auto found = worker.unfit_since.find(digest);
        if (found != worker.unfit_since.end())
            since = std::max(since, std::optional(found->second));
    }
    return since;
}

bool could_render(const Worker& worker, const TaskSpec& task) {
    return can_render(worker, task.model_digest, task.device_class) && !unfit_since(worker, task);
}

// Until when it could, at most.
Millis last_able_of(const Worker& worker, const TaskSpec& task) {
    if (could_render(worker, task)) return worker.last_seen;
    return std::max(worker.offered_at, unfit_since(worker, task).value_or(Millis(0)));
}

}  // namespace

AbleWorkers::Scan& AbleWorkers::scan_of(const TaskSpec& task) {
    const auto [entry, is_new] = scans_.try_emplace({task.model_digest, task.device_class});
    if (is_new) entry->second.next = farm_.workers.begin();
    return entry->second;
}

const WorkerEntry* AbleWorkers::at(Scan& scan, const TaskSpec& task, std::size_t index) const {
    while (scan.able.size() <= index && scan.next != farm_.workers.end()) {
        const WorkerEntry& entry = *scan.next++;
        const bool able = is_live(policy_, entry.second, now_) &&
                          can_render(entry.second, task.model_digest, task.device_class);
        if (able) scan.able.push_back(&entry);
    }
    return index < scan.able.size() ? scan.able[index] : nullptr;
}

bool AbleWorkers::another_could_take(const Task& task, const WorkerId& than) {
    const auto& failed_on = task.troubles.failed_on;
    return any(task.spec, [&](const WorkerEntry& entry) {
        const auto& [id, other] = entry;
        return id != than && !is_set_aside(other, now_) && other.mode == WorkerMode::online &&
               is_large_enough(task, other.memory_bytes) &&
               std::find(failed_on.begin(), failed_on.end(), id) == failed_on.end();
    });
}

std::optional<Millis> AbleWorkers::none_since(const TaskSpec& task) {
    Scan& scan = scan_of(task);
    if (!scan.none_since) scan.none_since = last_able(task);
    return *scan.none_since;
}

std::optional<Millis> AbleWorkers::last_able(const TaskSpec& task) const {
    bool somebody = false;
    Millis last{0};
    for (const auto& [id, worker] : farm_.workers) {
        const bool live = is_live(policy_, worker, now_);
        if (live && could_render(worker, task)) return {};
        somebody = somebody || (live && could_do_something(worker));
        last = std::max(last, last_able_of(worker, task));
    }
    if (!somebody) return {};
    return last;
}

}  // namespace nightreel
