#include <catch2/catch.hpp>

#include "tests/unit/farm/small_farm.h"

using namespace nightreel;

TEST_CASE("a task is leased only when all it needs is published", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b", {0})});
    f.join("w");
    const TaskAttempt first = f.lease("w").attempt;
    CHECK(first.task == TaskKey{job, 0});
    f.join("v");
    CHECK(f.has_no_work("v"));
    CHECK(f.done("w", first) == Verdict::publish);
    CHECK(f.has_no_work("v"));
    CHECK(f.published("w", first) == Verdict::settled);
    CHECK(f.lease("v").attempt.task == TaskKey{job, 1});
}

TEST_CASE("a repeated report changes nothing and gets the same answer", "[farm]") {
    SmallFarm f;
    f.submit("night", {task("a"), task("b")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    CHECK(f.done("w", attempt) == Verdict::publish);
    const std::size_t facts = f.facts.size();
    CHECK(f.done("w", attempt) == Verdict::publish);
    CHECK(f.facts.size() == facts);
    f.published("w", attempt);
    const std::size_t facts_after = f.facts.size();
    CHECK(f.published("w", attempt) == Verdict::settled);
    CHECK(f.done("w", attempt) == Verdict::settled);
    CHECK(f.facts.size() == facts_after);
}

TEST_CASE("an attempt whose lease has passed is told to drop its result", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("slow");
    const TaskAttempt late = f.lease("slow").attempt;
    f.pass(f.policy.lease);
    CHECK(f.state(job, 0) == TaskState::waiting);
    f.join("quick");
    const TaskAttempt current = f.lease("quick").attempt;
    CHECK(current.attempt > late.attempt);
    CHECK(f.done("slow", late) == Verdict::drop);
    CHECK(f.done("slow", current) == Verdict::drop);
    CHECK(f.state(job, 0) == TaskState::leased);
    f.complete("quick", current);
    CHECK(f.published("slow", late) == Verdict::drop);
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("a worker that dies between acceptance and publishing costs one more attempt", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    const TaskAttempt accepted = f.lease("w").attempt;
    f.done("w", accepted);
    f.pass(f.policy.lease);
    CHECK(f.state(job, 0) == TaskState::waiting);
    f.work_off("w");
    CHECK(f.published("w", accepted) == Verdict::drop);
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("a lease whose answer was lost is given again, not a second one", "[farm]") {
    SmallFarm f;
    f.submit("night", {task("a"), task("b")});
    f.join("w");
    const TaskAttempt first = f.lease("w").attempt;
    CHECK(f.lease("w").attempt == first);
    f.done("w", first);  // what is being published is not given again
    CHECK(f.lease("w").attempt != first);
}

TEST_CASE("a keep-alive carries a lease on, and is a fact only when little is left", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    const std::size_t facts = f.facts.size();
    f.tell(KeepAlive{{"w"}, SessionId{1}, {attempt}});
    CHECK(f.facts.size() == facts);
    for (int i = 0; i < 20; ++i) {
        f.pass(Millis(25'000));
        f.tell(KeepAlive{{"w"}, SessionId{1}, {attempt}});
    }
    CHECK(f.state(job, 0) == TaskState::leased);
}

TEST_CASE("a returning worker keeps what it has and loses what it lacks", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b")});
    f.join("w");
    const TaskAttempt finished = f.lease("w").attempt;
    f.done("w", finished);
    const TaskAttempt running = f.lease("w").attempt;
    const TaskAttempt unknown{{job, 0}, AttemptId{77}};
    Hello hello{{"w"}, SessionId{2}, "host", 16 * gib, {running, unknown}, {finished}, {}};
    const auto verdicts = std::get<Verdicts>(f.tell(hello)).attempts;
    REQUIRE(verdicts.size() == 3);
    CHECK(verdicts[0].verdict == Verdict::keep);
    CHECK(verdicts[1].verdict == Verdict::drop);
    CHECK(verdicts[2].verdict == Verdict::publish);
    CHECK(f.state(job, 1) == TaskState::leased);
    hello = {{"w"}, SessionId{3}, "host", 16 * gib, {}, {finished}, {}};
    f.tell(hello);
    CHECK(f.state(job, 0) == TaskState::publishing);
    CHECK(f.state(job, 1) == TaskState::waiting);
}

TEST_CASE("a session that was not announced has to say Hello first", "[farm]") {
    SmallFarm f;
    f.submit("night", {task("a")});
    CHECK(std::holds_alternative<HelloFirst>(f.ask("w")));
    f.join("w");
    AskForWork other = f.question("w");
    other.session = SessionId{9};
    CHECK(std::holds_alternative<HelloFirst>(f.tell(other)));
}

TEST_CASE("after a restart no worker is blamed for the time the scheduler was away", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    f.now += Millis(3'600'000);
    f.tell(SchedulerStarted{});
    f.tell(Tick{});
    CHECK(f.state(job, 0) == TaskState::leased);
    CHECK(f.done("w", attempt) == Verdict::publish);
}

TEST_CASE("a clock that is set, either way, neither ends nor prolongs a lease", "[farm]") {
    for (const Millis step : {Millis(-7'200'000), Millis(90'000)}) {
        SmallFarm f;
        const JobId job = f.submit("night", {task("a")});
        f.join("w");
        f.lease("w");
        f.now += step;
        f.tell(StepClock{step});
        f.tell(Tick{});
        CHECK(f.state(job, 0) == TaskState::leased);
        f.pass(f.policy.lease - Millis(1));
        CHECK(f.state(job, 0) == TaskState::leased);
        f.pass(Millis(1));
        CHECK(f.state(job, 0) == TaskState::waiting);
    }
}

TEST_CASE("a lease counts only time in which the scheduler listened", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    f.lease("w");
    f.now += Millis(3'600'000);  // stopped, suspended, or waiting for its disk
    f.tell(Resumed{Millis(3'600'000)});
    f.tell(Tick{});
    CHECK(f.state(job, 0) == TaskState::leased);
    f.pass(f.policy.lease);
    CHECK(f.state(job, 0) == TaskState::waiting);
}

TEST_CASE("the same result is made once at a time, whichever job wants it", "[farm]") {
    SmallFarm f;
    f.submit("one", {task("a")});
    const JobId two = f.submit("two", {task("a")});
    f.join("w");
    f.join("v");
    const TaskAttempt first = f.lease("w").attempt;
    CHECK(f.has_no_work("v"));
    f.complete("w", first);
    const TaskAttempt second = f.lease("v").attempt;
    CHECK(second.task.job == two);
    CHECK(f.done("v", second, true) == Verdict::publish);
    CHECK(f.published("v", second) == Verdict::settled);
    CHECK(f.farm.jobs.at(two).tasks[0].cached);
}

TEST_CASE("a fact that does not fit the state is refused as a damaged journal", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    const TaskDone never_leased{f.now, {job, 0}, AttemptId{1}};
    const JobPaused no_such_job{f.now, JobId{99}};
    for (const Event& event : {Event(never_leased), Event(no_such_job)}) {
        try {
            evolve(f.farm, event);
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::corrupt);
        }
    }
}
