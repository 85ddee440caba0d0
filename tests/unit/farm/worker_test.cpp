// What is known of workers: what they have, what they cannot do, who they are.

#include <catch2/catch.hpp>

#include "scheduler/farm/placement.h"
#include "tests/unit/farm/small_farm.h"

using namespace nightreel;

namespace {

const Digest card = digest_of(std::string_view("card"));

TaskSpec with_model(const std::string& name) {
    TaskSpec spec = task(name);
    spec.model = "toybox";
    spec.model_digest = card;
    return spec;
}

void offer(SmallFarm& f, const std::string& worker, const WorkerOffer& what) {
    f.tell(Offer{{worker}, SessionId{1}, what});
}

ReportFailure failure(const std::string& worker, const TaskAttempt& attempt, FailureCause cause) {
    return {{worker}, SessionId{1}, attempt, ErrorKind::crash, "why", cause, {}};
}

Hello hello(const std::string& host, std::uint64_t session, std::optional<Millis> heard) {
    return {{"w"}, SessionId{session}, host, 16 * gib, {}, {}, heard};
}

}  // namespace

TEST_CASE("a task goes only to a worker that has its model, and says who lacks it", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {with_model("a")});
    f.join("bare");
    f.join("other");
    f.join("ready");
    offer(f, "bare", {"cpu", {}, ""});
    offer(f, "other", {"cpu", {{"toybox", digest_of(std::string_view("old card")), ""}}, ""});
    offer(f, "ready", {"cpu", {{"toybox", card, "weights are damaged"}}, ""});
    CHECK(f.has_no_work("bare"));
    CHECK(f.has_no_work("other"));
    CHECK(f.has_no_work("ready"));
    const std::string why = explain_wait(f.farm, f.policy, {job, 0}, f.now);
    CHECK_THAT(why, Catch::Contains("no connected worker can run this task"));
    offer(f, "ready", {"cpu", {{"toybox", card, ""}}, ""});
    CHECK(f.lease("ready").attempt.task == TaskKey{job, 0});
}

TEST_CASE("a job that must stay on one device class waits for a worker of that class", "[farm]") {
    SmallFarm f;
    TaskSpec spec = task("a");
    spec.device_class = "cpu avx2";
    f.submit("night", {spec});
    f.join("w");
    offer(f, "w", {"cpu avx512", {}, ""});
    CHECK(f.has_no_work("w"));
    f.join("v");
    offer(f, "v", {"cpu avx2", {}, ""});
    f.lease("v");
}

TEST_CASE("a machine that cannot do a task is not blamed on the task", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {with_model("a"), with_model("b"), task("c")});
    f.join("bad");
    f.join("good");
    f.fail("bad", f.lease("bad").attempt, ErrorKind::unfit);
    // Only what needs no such model.
    CHECK(f.lease("bad").attempt.task == TaskKey{job, 2});
    f.work_off("good");
    CHECK(f.state(job, 0) == TaskState::done);
    CHECK(f.state(job, 1) == TaskState::done);
    CHECK_FALSE(f.farm.workers.at({"bad"}).set_aside_until);
}

TEST_CASE("a worker that says anew what it has is tried again", "[farm]") {
    SmallFarm f;
    f.submit("night", {with_model("a")});
    f.join("w");
    const WorkerOffer what{"cpu", {{"toybox", card, ""}}, ""};
    offer(f, "w", what);
    f.fail("w", f.lease("w").attempt, ErrorKind::unfit);
    CHECK(f.has_no_work("w"));
    offer(f, "w", what);
    f.lease("w");
}

TEST_CASE("a store that is well again ends the waits for it", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    offer(f, "w", {"cpu", {}, ""});
    f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
    offer(f, "w", {"cpu", {}, "the store is full"});
    CHECK(f.has_no_work("w"));
    offer(f, "w", {"cpu", {}, ""});
    CHECK(f.lease("w").attempt.task == TaskKey{job, 0});
}

TEST_CASE("what the farm itself loses does not count against the task", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    for (int i = 0; i < 30; ++i) {
        const auto cause = i % 2 == 0 ? FailureCause::killed : FailureCause::stopped;
        f.tell(failure("w", f.lease("w").attempt, cause));
        f.pass(f.policy.unavailable_wait_max);
    }
    CHECK(f.state(job, 0) == TaskState::waiting);
    CHECK_FALSE(f.farm.workers.at({"w"}).set_aside_until);
    const LeaseGranted lease = f.lease("w");
    CHECK(lease.number == 31);
    f.complete("w", lease.attempt);
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("a worker that drains keeps what it has and is given nothing", "[farm]") {
    SmallFarm f;
    f.submit("night", {task("a"), task("b")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    f.tell(ManageWorker{{"w"}, WorkerMode::draining, "ana"});
    CHECK(f.done("w", attempt) == Verdict::publish);
    CHECK(f.published("w", attempt) == Verdict::settled);
    CHECK(f.has_no_work("w"));
    f.tell(ManageWorker{{"w"}, WorkerMode::online, "ana"});
    f.lease("w");
}

TEST_CASE("a worker that goes offline gives back what it runs, and no attempt is counted",
          "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b")});
    f.join("w");
    f.join("v");
    const TaskAttempt finished = f.lease("w").attempt;
    f.done("w", finished);
    const TaskAttempt running = f.lease("w").attempt;
    f.tell(ManageWorker{{"w"}, WorkerMode::offline, "ana"});
    CHECK(f.published("w", finished) == Verdict::settled);
    CHECK(f.done("w", running) == Verdict::drop);
    CHECK(f.has_no_work("w"));
    CHECK(f.farm.jobs.at(job).tasks[1].troubles.attempts == 0);
    f.work_off("v");
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("a second machine with the same key is refused and takes nothing", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    f.join("w");
    const TaskAttempt attempt = f.lease("w").attempt;
    const Answer answer = f.tell(hello("render02", 2, Millis{3'000}));
    const auto* refused = std::get_if<Refused>(&answer);
    REQUIRE(refused != nullptr);
    CHECK_THAT(refused->text, Catch::Contains("host") && Catch::Contains("render02"));
    CHECK(f.state(job, 0) == TaskState::leased);
    CHECK(f.farm.jobs.at(job).tasks[0].troubles.losses == 0);
    CHECK(f.done("w", attempt) == Verdict::publish);
}

TEST_CASE("a worker takes the place of a predecessor that is silent or said goodbye", "[farm]") {
    for (const std::optional<Millis> heard : {std::optional<Millis>{}, {Millis{15'000}}}) {
        SmallFarm f;
        f.join("w");
        CHECK(std::holds_alternative<Verdicts>(f.tell(hello("host", 2, heard))));
    }
}
