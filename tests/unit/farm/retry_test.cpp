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
    CHECK(f.farm.jobs.at(job).tasks[0].error == "why (limit reached: 3 attempts)");
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
    f.now += f.policy.unavailable_limit;
    f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
    CHECK(f.state(job, 0) == TaskState::failed);
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
    for (int i = 0; i < f.policy.losses_max; ++i) {
        f.lease("w");
        f.pass(f.policy.lease);
    }
    CHECK(f.farm.jobs.at(job).tasks[0].troubles.attempts == 0);
    CHECK(f.state(job, 0) == TaskState::failed);
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
