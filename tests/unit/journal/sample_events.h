#pragma once
// One of each event, every field with a value of its own.

#include <vector>

#include "scheduler/farm/events.h"
#include "tests/unit/review/reviews_of.h"

namespace nightreel {

inline std::vector<Event> one_of_each_event() {
    const JobId job{7};
    const TaskKey task{job, 3};
    const AttemptId attempt{41};
    const WorkerId worker{"render01"};
    const Millis at{1'700'000'000'123};
    const Millis until{1'700'000'060'123};
    const TaskSpec spec{.kind = TaskKind::decode,
                        .name = "sq010_sh0010.take01.decode",
                        .digest = digest_of(std::string_view("decode")),
                        .needs = {0, 1, 2},
                        .memory_bytes = 5'000'000'000,
                        .cost_seconds = 2.5,
                        .model = "toybox",
                        .model_digest = digest_of(std::string_view("card")),
                        .device_class = "cpu avx2",
                        .after = {1}};
    return {
        JobSubmitted{at, job, "key", "aurora \"night\"", "ana", -3, {spec, TaskSpec{.name = "b"}}},
        JobPaused{at, job, "ana"},
        JobResumed{at, job, "ana"},
        JobPrioritised{at, job, 12, "ana"},
        JobFinished{at, job, 4, 3, 2, 1},
        JobForgotten{at, job, "ana"},
        TasksCancelled{at, job, {1, 2, 9}, "ana"},
        TasksRetried{at, job, {4}, true, "ana"},
        WorkerJoined{at, worker, SessionId{~std::uint64_t{0}}, "host", 24'000'000'000},
        WorkerSeen{at, worker},
        WorkerSetAside{at, worker, until, "three tasks in a row"},
        WorkerRestored{at, worker, "ana"},
        WorkerForgotten{at, worker},
        TaskLeased{at, task, attempt, worker, until, true},
        LeaseRenewed{at, task, attempt, until},
        TaskAccepted{at, task, attempt, until, R"({"seam_ratio":1.2})", true},
        TaskDone{at, task, attempt},
        TaskReturned{
            at, task, attempt, ReturnReason::out_of_memory, "too\nlarge", until, 8'000'000'000},
        TaskFailed{at, task, attempt, ErrorKind::bad_input, "no such model"},
        ArtifactLost{at, task, TaskKey{job, 5}},
        LeasesExtended{at, until},
        ClockSetBack{at, Millis{3'600'000}},
        JobAnnounced{at, job, "key", "title", "ana", 2, 9},
        TasksAdded{at, job, {spec}},
        JobArrived{at, job},
        JobDropped{at, job},
        VersionsGiven{at, "ana", {{"show/sh", digest_of(std::string_view("spec")), 3}}},
        WorkerOffered{at,
                      worker,
                      {"cpu avx2",
                       {{"toybox", digest_of(std::string_view("card")), "damaged"}},
                       "store is full"}},
        WorkerUnfit{at, worker, digest_of(std::string_view("card")), "no such device"},
        WorkerManaged{at, worker, WorkerMode::draining, "ana"},
        WaitsEnded{at, "store has room"},
        ClockStepped{at, Millis{-3'600'000}},
        TaskGivenUp{at, task, ErrorKind::unfit, "no worker has the model"},
        TakesReviewed{at, "ana", {verdict_of(1, ReviewVerdict::approved), drawn_note(2)}}};
}

}  // namespace nightreel
