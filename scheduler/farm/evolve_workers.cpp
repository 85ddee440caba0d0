// What events about workers do to the state.

#include "scheduler/farm/evolve_parts.h"

namespace nightreel::evolving {

void apply(Farm& farm, const WorkerJoined& e) {
    Worker& worker = farm.workers[e.worker];
    // Another process is tried again. Until it says what it has it is believed to have the same: a
    // worker that restarts all the time must not look like one that can do everything.
    if (worker.session != e.session) worker.unfit.clear();
    worker.session = e.session;
    worker.host = e.host;
    worker.memory_bytes = e.memory_bytes;
    worker.last_seen = e.at;
}

void apply(Farm& farm, const WorkerSeen& e) {
    worker_of(farm, e.worker, e).last_seen = e.at;
}

void apply(Farm& farm, const WorkerSetAside& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    worker.set_aside_until = e.until;
    worker.set_aside_why = e.why;
}

void apply(Farm& farm, const WorkerRestored& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    worker.set_aside_until.reset();
    worker.set_aside_why.clear();
    worker.failures_in_a_row.clear();
}

void apply(Farm& farm, const WorkerForgotten& e) {
    expect(worker_of(farm, e.worker, e).holds.empty(), e, "it holds a lease");
    farm.workers.erase(e.worker);
}

void apply(Farm& farm, const WorkerOffered& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    if (worker.offer != e.offer) {
        worker.offered_at = e.at;
        worker.unfit_since.clear();
        for (auto& [id, job] : farm.jobs) {
            for (auto& [model, refusals] : job.refusals) refusals.by.erase(e.worker);
        }
    }
    worker.offer = e.offer;
    worker.unfit.clear();
}

void apply(Farm& farm, const WorkerUnfit& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    worker.unfit[e.model] = e.why;
    worker.unfit_since.emplace(e.model, e.at);
}

void apply(Farm& farm, const WorkerManaged& e) {
    Worker& worker = worker_of(farm, e.worker, e);
    worker.mode = e.mode;
    worker.mode_by = e.by;
}

}  // namespace nightreel::evolving
