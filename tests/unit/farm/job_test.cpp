#include <algorithm>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "scheduler/farm/placement.h"
#include "tests/unit/farm/small_farm.h"

using namespace nightreel;

TEST_CASE("the same submission twice is the same job", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("key", {task("a")});
    const auto again =
        std::get<JobAccepted>(f.tell(SubmitJob{"key", "other", "td", 5, {task("z")}}));
    CHECK(again.job == job);
    CHECK(again.already_known);
    CHECK(f.farm.jobs.size() == 1);
}

TEST_CASE("a job that could not run is refused with the reason", "[farm]") {
    SmallFarm f;
    const auto refusal = [&](std::vector<TaskSpec> tasks) {
        return std::get<Refused>(f.tell(SubmitJob{"key", "", "", 0, std::move(tasks)})).text;
    };
    CHECK(refusal({}) == "the job has no tasks");
    CHECK(refusal({task("a", {0})}) == "task a: depends on a later task");
    CHECK(refusal({task("a"), task("b", {0, 0})}) == "task b: lists a dependency twice");
    CHECK(refusal({task("a"), task("a")}) == "two tasks are named a");
    TaskSpec nameless_result = task("a");
    nameless_result.digest = {};
    CHECK(refusal({nameless_result}) == "task a: missing digest");
    CHECK(f.farm.jobs.empty());
}

TEST_CASE("a failed task blocks what needs it and nothing else", "[farm]") {
    SmallFarm f;
    const JobId job =
        f.submit("night", {task("sh.take01.a"), task("sh.take01.b", {0}), task("sh.take02.a")});
    f.join("w");
    f.fail("w", f.lease("w").attempt, ErrorKind::bad_input);
    f.work_off("w");
    CHECK(f.state(job, 1) == TaskState::waiting);
    CHECK(f.state(job, 2) == TaskState::done);
    const auto& finished = std::get<JobFinished>(f.facts.back());
    CHECK(finished.done == 1);
    CHECK(finished.failed == 1);
    CHECK(finished.blocked == 1);
    CHECK(explain_wait(f.farm, f.policy, {job, 1}, f.now) ==
          "blocked: depends on sh.take01.a, which failed: why");
}

TEST_CASE("a take can be cancelled alone, even while it runs", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("sh.take01.a"), task("sh.take02.a")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    CHECK(std::get<Changed>(f.tell(CancelTasks{{job, "sh.take01"}, "ana"})).tasks == 1);
    const auto verdicts = std::get<Verdicts>(f.tell(KeepAlive{{"w"}, SessionId{1}, {attempt}}));
    CHECK(verdicts.attempts.at(0).verdict == Verdict::drop);
    CHECK(f.done("w", attempt) == Verdict::drop);
    f.work_off("w");
    CHECK(f.state(job) == JobState::cancelled);
    CHECK(std::holds_alternative<Refused>(f.tell(CancelTasks{{job, "sh.take"}, "ana"})));
}

TEST_CASE("retrying what failed opens the job again and forgives its troubles", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b", {0}), task("c")});
    f.join("w");
    f.fail("w", f.lease("w").attempt, ErrorKind::bad_input);
    f.work_off("w");
    CHECK(f.state(job) == JobState::failed);
    CHECK(std::get<Changed>(f.tell(RetryTasks{{job, ""}, RetryScope::failed, "ana"})).tasks == 1);
    f.work_off("w");
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("retrying what is done makes it and all that followed afresh", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b", {0}), task("c")});
    f.join("w");
    f.work_off("w");
    CHECK(std::get<Changed>(f.tell(RetryTasks{{job, "a"}, RetryScope::everything, "ana"})).tasks ==
          2);
    CHECK(f.state(job, 2) == TaskState::done);
    const LeaseGranted lease = f.lease("w");
    CHECK(lease.fresh);
    CHECK(f.done("w", lease.attempt, true) == Verdict::drop);
    f.work_off("w");
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("a paused job gives no work and goes on where it stopped", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    f.tell(PauseJob{job, "ana"});
    f.complete("w", attempt);
    CHECK(f.has_no_work("w"));
    CHECK(f.state(job) == JobState::paused);
    CHECK(explain_wait(f.farm, f.policy, {job, 1}, f.now) == "the job is paused");
    f.tell(ResumeJob{job, "ana"});
    f.work_off("w");
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("work comes by priority, then age, and priority may change", "[farm]") {
    SmallFarm f;
    const JobId old = f.submit("old", {task("a"), task("b")});
    const JobId young = f.submit("young", {task("c")});
    const JobId urgent = f.submit("urgent", {task("d")}, 5);
    f.join("w");
    const auto next = [&] {
        const TaskAttempt attempt = f.lease("w").attempt;
        f.complete("w", attempt);
        return attempt.task.job;
    };
    CHECK(next() == urgent);
    CHECK(next() == old);
    f.tell(SetPriority{young, 9, "ana"});
    CHECK(next() == young);
}

TEST_CASE("a worker is given what its loaded model and its own results are for", "[farm]") {
    SmallFarm f;
    std::vector<TaskSpec> tasks{task("a"), task("b"), task("needs a", {0}), task("needs b", {1})};
    tasks.push_back(task("other model"));
    tasks.back().model = "toybox";
    const JobId job = f.submit("night", tasks);
    f.join("w");
    f.join("v");
    AskForWork loaded = f.question("w");
    loaded.loaded_models = {"toybox"};
    const TaskAttempt first = std::get<LeaseGranted>(f.tell(loaded)).attempt;
    CHECK(first.task == TaskKey{job, 4});
    f.complete("w", first);
    f.complete("v", f.lease("v").attempt);
    f.complete("w", f.lease("w").attempt);
    CHECK(f.lease("w").attempt.task == TaskKey{job, 3});
    CHECK(f.lease("v").attempt.task == TaskKey{job, 2});
}

TEST_CASE("a task waits for a worker with the memory, and says so", "[farm]") {
    SmallFarm f;
    TaskSpec large = task("large");
    large.memory_bytes = 24 * gib;
    const JobId job = f.submit("night", {large});
    CHECK(explain_wait(f.farm, f.policy, {job, 0}, f.now) == "no worker is connected");
    f.join("small", 8 * gib);
    CHECK(f.has_no_work("small"));
    const std::string why = explain_wait(f.farm, f.policy, {job, 0}, f.now);
    CHECK(why.find("no worker has enough memory: the task requires at least 24.0 GiB of memory, "
                   "the largest worker has 8.0 GiB of memory; connect a worker with more memory") ==
          0);
    f.join("large", 32 * gib);
    CHECK(std::holds_alternative<LeaseGranted>(f.ask("large")));
}

TEST_CASE("old finished jobs are forgotten, the youngest are kept", "[farm]") {
    SmallFarm f;
    f.policy.finished_jobs_kept = 2;
    f.join("w");
    for (int i = 0; i < 5; ++i) {
        f.submit(fmt::format("night {}", i), {task(fmt::format("t{}", i))});
        f.now += Millis(10);
        f.work_off("w");
    }
    const JobId open = f.submit("open", {task("open")});
    f.tell(Tick{});
    CHECK(f.farm.jobs.size() == 3);
    CHECK(f.farm.jobs.contains(open));
    CHECK(f.farm.jobs.contains(JobId{5}));
    CHECK_FALSE(f.farm.submissions.contains("night 0"));
}

TEST_CASE("the kept indices are those made anew, after each command", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b", {0}), task("c", {0, 1}), task("d")});
    f.join("w");
    f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
    f.complete("w", f.lease("w").attempt);
    f.tell(CancelTasks{{job, "b"}, "ana"});
    f.tell(SetPriority{job, 3});
    f.tell(RetryTasks{{job, ""}, RetryScope::everything, "ana"});
    Farm anew = f.farm;
    rebuild_indices(anew);
    CHECK(anew == f.farm);
    Farm replayed;
    for (const Event& event : f.facts) evolve(replayed, event);
    CHECK(replayed == f.farm);
}
