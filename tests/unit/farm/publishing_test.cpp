// A finished result that its worker cannot publish.

#include <catch2/catch.hpp>

#include "scheduler/farm/placement.h"
#include "tests/unit/farm/small_farm.h"

using namespace nightreel;

namespace {

// Keeps the lease alive as the worker does that tries to publish again and again.
void keep_trying(SmallFarm& f, const TaskAttempt& attempt, Millis time, const std::string& others) {
    const Millis end = f.now + time;
    while (f.now < end) {
        f.now = std::min(end, f.now + Millis(20'000));
        f.tell(KeepAlive{{"w"}, SessionId{1}, {attempt}, {{attempt, "the store is read-only"}}});
        if (!others.empty()) f.tell(KeepAlive{{others}, SessionId{1}, {}});
        f.tell(Tick{});
    }
}

}  // namespace

TEST_CASE("a result that cannot be published says why", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    f.tell(KeepAlive{{"w"}, SessionId{1}, {attempt}, {{attempt, "step 3 of 20"}}});
    CHECK(f.task_of(job, 0).error.empty());
    f.done("w", attempt);
    f.tell(KeepAlive{{"w"}, SessionId{1}, {attempt}, {{attempt, "the store is read-only"}}});
    CHECK(f.task_of(job, 0).error == "the store is read-only");
    CHECK(explain_wait(f.farm, f.policy, {job, 0}, f.now) ==
          "the result is finished, but not yet published by worker w: the store is read-only");
    const std::size_t facts = f.facts.size();
    f.tell(KeepAlive{{"w"}, SessionId{1}, {attempt}, {{attempt, "the store is read-only"}}});
    CHECK(f.facts.size() == facts);
    f.published("w", attempt);
    CHECK(f.task_of(job, 0).error.empty());
}

TEST_CASE("a result that is not published for too long is made by another worker", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    f.join("v");
    const TaskAttempt attempt = f.lease("w").attempt;
    f.done("w", attempt);
    keep_trying(f, attempt, f.policy.publishing_limit - Millis(1), "v");
    CHECK(f.state(job, 0) == TaskState::publishing);
    keep_trying(f, attempt, Millis(1), "v");
    CHECK(f.state(job, 0) == TaskState::waiting);
    CHECK_THAT(f.task_of(job, 0).error, Catch::Contains("the store is read-only"));
    CHECK(f.published("w", attempt) == Verdict::drop);
    f.pass(f.policy.unavailable_wait_max, {"w", "v"});
    CHECK(f.has_no_work("w"));
    f.complete("v", f.lease("v").attempt);
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("a result that nobody else could publish is kept, but not for ever", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    f.done("w", attempt);
    SECTION("it is published when the store is back") {
        keep_trying(f, attempt, f.policy.unavailable_limit - Millis(1), "");
        CHECK(f.state(job, 0) == TaskState::publishing);
        CHECK(f.published("w", attempt) == Verdict::settled);
    }
    SECTION("a worker that can render nothing does not take it either") {
        f.join("v");
        f.offer("v", {}, "the store is not mounted");
        keep_trying(f, attempt, 2 * f.policy.publishing_limit, "v");
        CHECK(f.state(job, 0) == TaskState::publishing);
    }
    SECTION("it fails with the limit and the command that goes on") {
        keep_trying(f, attempt, f.policy.unavailable_limit, "");
        CHECK(f.state(job, 0) == TaskState::failed);
        CHECK_THAT(f.task_of(job, 0).error,
                   Catch::Contains("the store is read-only") &&
                       Catch::Contains("unavailable_limit") &&
                       Catch::Contains("nightreel retry 1.a"));
    }
}

TEST_CASE("time in which the scheduler was away is no time of publishing", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    f.join("v");
    const TaskAttempt attempt = f.lease("w").attempt;
    f.done("w", attempt);
    f.now += f.policy.publishing_limit;
    f.tell(SchedulerStarted{});
    f.tell(KeepAlive{{"w"}, SessionId{1}, {attempt}});
    f.tell(KeepAlive{{"v"}, SessionId{1}, {}});
    f.tell(Tick{});
    CHECK(f.state(job, 0) == TaskState::publishing);
}
