#pragma once
// One of every message, each field filled, for tests that must cover them all.

#include <vector>

#include "scheduler/protocol/codec.h"
#include "tests/unit/review/reviews_of.h"

namespace nightreel::wire {

inline std::vector<WorkerMessage> worker_samples() {
    const Attempt attempt{7, 3, 42};
    return {Hello{9, "host", 1 << 30, {attempt}, {attempt}},
            Offers{9, "cpu avx2", {{"toybox", digest_of("card"), "damaged"}}, "store is full"},
            AskForWork{9, {"toybox"}},
            KeepAlive{9, {{attempt, 0.25, "step 5 of 20", 40, "more"}}},
            Done{9, attempt, R"({"seconds":1.5})", true, {"/var/log/a.log", "the end\n"}},
            Published{9, attempt},
            Failed{9,
                   attempt,
                   "crash",
                   "signal 11",
                   FailureCause::killed,
                   {digest_of("b")},
                   {"/a", "tail"}},
            Goodbye{9}};
}

inline std::vector<SchedulerMessage> scheduler_samples() {
    const Attempt attempt{1, 2, 3};
    return {Welcome{"render01", 5'000},
            Verdicts{{{attempt, Verdict::publish, true}, {attempt, Verdict::drop, false}}},
            Lease{attempt,
                  "sh.take01",
                  digest_of("c"),
                  "{}",
                  2,
                  {{"out", "/out"}},
                  true,
                  true,
                  {7, "key", "ana", "2026-11-21T03:04:05.678Z", 42},
                  1},
            NoWork{2'000},
            HelloFirst{},
            Refused{"not_allowed", "no"},
            Shutdown{"the night is over"},
            LeasePart{attempt,
                      1,
                      {{"sh.take01", "show/sh/v001/take01", ""}, {"sh.take02", "", "cancelled"}},
                      {{"night.yaml", "show: s"}}}};
}

inline std::vector<ClientRequest> client_samples() {
    return {PrepareSubmission{{{"show/sh", digest_of("spec"), 3, 2}}},
            SubmitBegin{"key", "title", -3, 2},
            SubmitTasks{"key", 0, {{"a", digest_of("a"), "{}", {}, 1.5, 100, {0}}}},
            SubmitEnd{"key"},
            ListJobs{5},
            ListWorkers{4},
            GetStatus{1, "sh.take01", 7},
            Watch{1},
            GetLogs{1, "sh", 2, true},
            Cancel{1, "sh"},
            Retry{1, "sh", true},
            Pause{1},
            Resume{1},
            SetPriority{1, -5},
            DeleteJob{1},
            ManageWorker{"render01", "draining"},
            CloseFarm{},
            SubmitNight{"key", 2, {{"night.yaml", "show: s"}}},
            GetNight{1, 3},
            GetRates{2},
            AddReviews{{verdict_of(1, ReviewVerdict::approved), drawn_note(2)}},
            GetReviews{3}};
}

inline std::vector<ServerReply> reply_samples() {
    return {Prepared{{1, 2}, "/out", "cpu avx2"},
            Submitted{4, true},
            Changed{3},
            Listing{R"({"format":1})", 9},
            JobNews{1, "{}", true},
            Refused{"bad_input", "why"}};
}

}  // namespace nightreel::wire
