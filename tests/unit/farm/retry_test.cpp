#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/unit/farm/small_farm.h"

using namespace nightreel;

TEST_CASE("a failure of the task's own making is never tried again", "[farm]") {
    for (const ErrorKind kind :
         {ErrorKind::bad_input, ErrorKind::corrupt, ErrorKind::not_allowed}) {
        SmallFarm f;
        const JobId job = f.submit("night", {task("a")});
        f.join("w");
        CHECK(f.fail("w", f.lease("w").attempt, kind) == Verdict::settled);
        CHECK(f.state(job, 0) == TaskState::failed);
        CHECK(f.state(job) == JobState::failed);
    }
}

TEST_CASE("a crash is tried elsewhere, and no more often than allowed", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    f.join("v");
    f.fail("w", f.lease("w").attempt, ErrorKind::crash);
    CHECK(f.has_no_work("w"));
    f.fail("v", f.lease("v").attempt, ErrorKind::crash);
    // It failed on both, so either is as good as the other.
    f.fail("w", f.lease("w").attempt, ErrorKind::crash);
    CHECK(f.state(job, 0) == TaskState::failed);
    CHECK(f.task_of(job, 0).error ==
          "why; limit reached: 3 attempts (attempts_max); `nightreel retry 1.a` tries again");
}

TEST_CASE("a task goes back to the worker it failed on when the others are silent", "[farm]") {
    SmallFarm f;
    f.submit("night", {task("a")});
    f.join("w");
    f.join("gone");
    f.fail("w", f.lease("w").attempt, ErrorKind::crash);
    CHECK(f.has_no_work("w"));
    f.pass(f.policy.worker_silent);
    CHECK(std::holds_alternative<LeaseGranted>(f.ask("w")));
}

TEST_CASE("what is unavailable is awaited longer each time, without burning attempts", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    Millis wait = f.policy.unavailable_wait_min;
    for (int i = 0; i < 5; ++i) {
        f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
        f.pass(wait - Millis(1));
        CHECK(f.has_no_work("w"));
        f.pass(Millis(1));
        wait *= 2;
    }
    CHECK(f.farm.jobs.at(job).tasks[0].troubles.attempts == 0);
    const Millis begin = f.now;
    while (f.state(job, 0) == TaskState::waiting) {
        f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
        f.pass(f.policy.unavailable_wait_max);
    }
    CHECK(f.now - begin > f.policy.unavailable_limit);
    CHECK(f.now - begin < f.policy.unavailable_limit + Millis(3'600'000));
    CHECK(f.state(job, 0) == TaskState::failed);
    CHECK_THAT(f.task_of(job, 0).error,
               Catch::Contains("waited 12 h (unavailable_limit)") &&
                   Catch::Contains("nightreel retry 1.a"));
}

TEST_CASE("only the time in which a task was tried counts as waiting for what is not there",
          "[farm]") {
    const Millis long_time = FarmPolicy{}.unavailable_limit;
    const auto blip = [](SmallFarm& f) {
        f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
    };
    SECTION("not while other jobs went first") {
        SmallFarm f;
        const JobId job = f.submit("night", {task("a")});
        f.join("w");
        blip(f);
        f.pass(long_time);
        blip(f);
        CHECK(f.state(job, 0) == TaskState::waiting);
    }
    SECTION("not while the job was paused") {
        SmallFarm f;
        const JobId job = f.submit("night", {task("a")});
        f.join("w");
        blip(f);
        f.tell(PauseJob{job, "ana"});
        f.pass(long_time);
        f.tell(ResumeJob{job, "ana"});
        blip(f);
        CHECK(f.state(job, 0) == TaskState::waiting);
    }
    SECTION("not before it failed in another way") {
        SmallFarm f;
        const JobId job = f.submit("night", {task("a")});
        f.join("w");
        blip(f);
        f.pass(f.policy.unavailable_wait_max);
        const TaskAttempt attempt = f.lease("w").attempt;
        f.pass(long_time, {"w"});
        f.fail("w", attempt, ErrorKind::crash);
        blip(f);
        CHECK(f.state(job, 0) == TaskState::waiting);
    }
}

TEST_CASE("what ran out of memory goes to a larger worker or to a leaner plan", "[farm]") {
    SmallFarm f;
    f.submit("night", {task("a")});
    f.join("small", 8 * gib);
    f.join("large", 32 * gib);
    f.fail("small", f.lease("small").attempt, ErrorKind::out_of_memory);
    CHECK(f.has_no_work("small"));
    CHECK_FALSE(f.lease("large").lean);

    SmallFarm alone;
    const JobId job = alone.submit("night", {task("a")});
    alone.join("only", 8 * gib);
    alone.fail("only", alone.lease("only").attempt, ErrorKind::out_of_memory);
    const LeaseGranted lean = alone.lease("only");
    CHECK(lean.lean);
    alone.fail("only", lean.attempt, ErrorKind::out_of_memory);
    CHECK(alone.state(job, 0) == TaskState::failed);
}

TEST_CASE("a larger worker that is gone or lacks the model is no reason to wait for memory",
          "[farm]") {
    for (const bool gone : {true, false}) {
        SmallFarm f;
        const JobId job = f.submit("night", {task_with("toybox", "a")});
        f.join("small", 8 * gib);
        f.join("large", 32 * gib);
        if (gone) {
            f.pass(f.policy.worker_silent);
            f.tell(KeepAlive{{"small"}, SessionId{1}, {}});
        } else {
            f.offer("large", {"another"});
        }
        f.fail("small", f.lease("small").attempt, ErrorKind::out_of_memory);
        const LeaseGranted lean = f.lease("small");
        CHECK(lean.lean);
        f.fail("small", lean.attempt, ErrorKind::out_of_memory);
        CHECK(f.state(job, 0) == TaskState::failed);
    }
}

TEST_CASE("a lost input is made again and its reader waits for it, unblamed", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b", {0}), task("c", {0})});
    f.join("w");
    f.complete("w", f.lease("w").attempt);
    f.fail("w", f.lease("w").attempt, ErrorKind::corrupt, {digest_of("a")});
    CHECK(f.state(job, 0) == TaskState::waiting);
    CHECK(f.farm.jobs.at(job).tasks[1].troubles.attempts == 0);
    const TaskAttempt again = f.lease("w").attempt;
    CHECK(again.task == TaskKey{job, 0});
    f.join("v");
    CHECK(f.has_no_work("v"));
    f.complete("w", again);
    f.work_off("w");
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("inputs that are lost again and again end the task, not the night", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b", {0})});
    f.join("w");
    for (int i = 0; i < f.policy.input_losses_max; ++i) {
        f.complete("w", f.lease("w").attempt);
        f.fail("w", f.lease("w").attempt, ErrorKind::corrupt, {digest_of("a")});
    }
    CHECK(f.state(job, 1) == TaskState::failed);
    CHECK(f.state(job) == JobState::failed);
    CHECK_THAT(f.task_of(job, 1).error, Catch::Contains("inputs lost 20 times (input_losses_max)"));
}

TEST_CASE("a worker that fails tasks of different jobs in a row is set aside for a while",
          "[farm]") {
    SmallFarm f;
    f.submit("one", {task("a"), task("b")});
    f.submit("two", {task("c"), task("d")});
    f.join("bad");
    f.join("good");
    for (int i = 0; i < 3; ++i) f.fail("bad", f.lease("bad").attempt, ErrorKind::crash);
    CHECK(f.farm.workers.at({"bad"}).set_aside_until);
    CHECK(f.has_no_work("bad"));
    f.tell(ManageWorker{{"bad"}, WorkerMode::online, "ana"});
    CHECK(std::holds_alternative<LeaseGranted>(f.ask("bad")));
}

TEST_CASE("a worker comes back by itself when its time aside is over", "[farm]") {
    SmallFarm f;
    f.submit("one", {task("a"), task("b"), task("c"), task("d"), task("e"), task("f"), task("g")});
    f.join("bad");
    f.join("good");
    for (std::size_t i = 0; i < f.policy.failed_tasks_max; ++i) {
        f.fail("bad", f.lease("bad").attempt, ErrorKind::crash);
    }
    CHECK(f.has_no_work("bad"));
    f.pass(f.policy.set_aside);
    CHECK_FALSE(f.farm.workers.at({"bad"}).set_aside_until);
    CHECK(std::holds_alternative<LeaseGranted>(f.ask("bad")));
}

TEST_CASE("the only worker is never set aside", "[farm]") {
    SmallFarm f;
    std::vector<TaskSpec> tasks;
    for (int i = 0; i < 12; ++i) tasks.push_back(task(fmt::format("t{}", i)));
    const JobId job = f.submit("night", tasks);
    f.join("w");
    for (int i = 0; i < 36; ++i) f.fail("w", f.lease("w").attempt, ErrorKind::crash);
    CHECK(f.state(job) == JobState::failed);
}

TEST_CASE("a worker that vanishes costs a loss, and losses have a limit", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    const Millis begin = f.now;
    for (int i = 0; i < f.policy.losses_max; ++i) {
        // The first few are tried again at once.
        if (i > f.policy.losses_at_once) f.pass(f.policy.unavailable_wait_max);
        f.lease("w");
        f.pass(f.policy.lease);
    }
    CHECK(f.farm.jobs.at(job).tasks[0].troubles.attempts == 0);
    CHECK(f.state(job, 0) == TaskState::failed);
    CHECK_THAT(f.task_of(job, 0).error,
               Catch::Contains("lost 50 times (losses_max); `nightreel retry 1.a` tries again"));
    CHECK(f.now - begin > Millis(3 * 3'600'000));
}

TEST_CASE("a task that kills its workers waits longer each time", "[farm]") {
    SmallFarm f;
    f.submit("night", {task("a")});
    f.join("w");
    for (int i = 0; i <= f.policy.losses_at_once; ++i) {
        f.lease("w");
        f.pass(f.policy.lease);
    }
    CHECK(f.has_no_work("w"));
    f.pass(f.policy.unavailable_wait_min);
    f.lease("w");
    f.pass(f.policy.lease);
    f.pass(f.policy.unavailable_wait_min);
    CHECK(f.has_no_work("w"));
    f.pass(f.policy.unavailable_wait_min);
    f.lease("w");
}

TEST_CASE("whoever retries what waits for a later try ends its wait", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b")});
    f.join("w");
    f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
    f.complete("w", f.lease("w").attempt);
    CHECK(f.has_no_work("w"));
    const Answer answer = f.tell(RetryTasks{{job, ""}, RetryScope::failed, "ana"});
    CHECK(std::get<Changed>(answer).tasks == 1);
    f.complete("w", f.lease("w").attempt);
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("facts larger than the limit are a failure, not a result", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    f.tell(ReportDone{
        {"w"}, SessionId{1}, attempt, std::string(f.policy.facts_bytes_max + 1, 'x'), false});
    CHECK(f.state(job, 0) == TaskState::waiting);
    CHECK(f.farm.jobs.at(job).tasks[0].troubles.attempts == 1);
}
