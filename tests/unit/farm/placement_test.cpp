// Where tasks go when something is wrong with machines or jobs, and what waits.

#include "scheduler/farm/placement.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/unit/farm/small_farm.h"

using namespace nightreel;

namespace {

std::string explained(const SmallFarm& f, JobId job, TaskIndex index) {
    return explain_wait(f.farm, f.policy, {job, index}, f.now);
}

std::vector<std::string> crew(SmallFarm& f, int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
        names.push_back(fmt::format("w{:02}", i));
        f.join(names.back());
    }
    return names;
}

std::vector<TaskSpec> tasks_with(const std::string& model, int count, const std::string& prefix) {
    std::vector<TaskSpec> tasks;
    for (int i = 0; i < count; ++i) {
        tasks.push_back(task_with(model, fmt::format("{}{:04}.take01", prefix, i)));
    }
    return tasks;
}

// All workers ask once; tasks with model "absent" come back as `kind`, all others are done.
void round(SmallFarm& f, const std::vector<std::string>& workers, ErrorKind kind) {
    for (const std::string& worker : workers) {
        const Answer answer = f.ask(worker);
        const auto* lease = std::get_if<LeaseGranted>(&answer);
        if (lease == nullptr) continue;
        const TaskAttempt& attempt = lease->attempt;
        if (f.task_of(attempt.task.job, attempt.task.index).spec.model == "absent") {
            f.fail(worker, attempt, kind);
        } else {
            f.complete(worker, attempt);
        }
    }
}

bool anybody_set_aside(const SmallFarm& f) {
    return std::any_of(f.farm.workers.begin(), f.farm.workers.end(), [](const auto& entry) {
        return entry.second.set_aside_until.has_value();
    });
}

}  // namespace

TEST_CASE("a job that nobody can run costs the job behind it nothing", "[farm]") {
    for (const ErrorKind kind : {ErrorKind::unavailable, ErrorKind::unfit, ErrorKind::crash}) {
        SmallFarm f;
        const std::vector<std::string> workers = crew(f, 20);
        f.submit("sick", tasks_with("absent", 1'000, "sq010_sh"));
        const JobId healthy = f.submit("healthy", tasks_with("toybox", 40, "sq020_sh"));
        // Three attempts of each task are all that a crash may cost.
        const int rounds = kind == ErrorKind::crash ? 160 : 8;
        for (int i = 0; i < rounds; ++i) {
            f.pass(Millis(500));
            round(f, workers, kind);
        }
        INFO(name_of(kind));
        CHECK(f.state(healthy) == JobState::done);
        CHECK_FALSE(anybody_set_aside(f));
    }
}

TEST_CASE("tasks that are returned again and again wait together, longer each time", "[farm]") {
    SmallFarm f;
    const std::vector<std::string> workers = crew(f, 4);
    const JobId sick = f.submit("sick", tasks_with("absent", 1'000, "sh"));
    for (Millis passed{0}; passed < Millis(3'600'000); passed += Millis(500)) {
        f.pass(Millis(500));
        round(f, workers, ErrorKind::unavailable);
    }
    std::uint32_t attempts = 0;
    for (const Task& each : f.farm.jobs.at(sick).tasks) attempts += each.attempts;
    // Eight doublings, and then one try in five minutes.
    CHECK(attempts < 40);
    CHECK(attempts > 15);
    CHECK_THAT(explained(f, sick, 999),
               Catch::Contains("next attempt in") && Catch::Contains("why"));
}

TEST_CASE("machines that say again that they can are not tried for ever", "[farm]") {
    SmallFarm f;
    const std::vector<std::string> workers = crew(f, 2);
    for (const std::string& worker : workers) f.offer(worker, {"absent"});
    const JobId sick = f.submit("sick", tasks_with("absent", 1'000, "sh"));
    for (Millis passed{0}; passed < Millis(3'600'000); passed += Millis(500)) {
        f.pass(Millis(500));
        round(f, workers, ErrorKind::unfit);
        for (const std::string& worker : workers) f.offer(worker, {"absent"});
    }
    std::uint32_t attempts = 0;
    for (const Task& each : f.farm.jobs.at(sick).tasks) attempts += each.attempts;
    CHECK(attempts < 60);
    for (Millis passed{0}; passed < f.policy.unavailable_limit; passed += Millis(60'000)) {
        f.pass(Millis(60'000), workers);
        round(f, workers, ErrorKind::unfit);
        for (const std::string& worker : workers) f.offer(worker, {"absent"});
    }
    CHECK(f.state(sick) == JobState::failed);
    CHECK(f.farm.jobs.at(sick).count(TaskState::failed) == 1'000);
}

TEST_CASE("a worker that says something new is tried at once", "[farm]") {
    SmallFarm f;
    const std::vector<std::string> workers = crew(f, 2);
    f.submit("sick", tasks_with("absent", 1'000, "sh"));
    for (int i = 0; i < 20; ++i) {
        f.pass(Millis(500));
        round(f, workers, ErrorKind::unavailable);
    }
    CHECK(f.has_no_work("w00"));
    f.offer("w00", {"absent", "another"});
    f.lease("w00");
}

TEST_CASE("a success ends the waiting of the tasks like it", "[farm]") {
    SmallFarm f;
    const std::vector<std::string> workers = crew(f, 2);
    const JobId job = f.submit("night", tasks_with("absent", 20, "sh"));
    for (int i = 0; i < 20; ++i) {
        f.pass(Millis(500));
        round(f, workers, ErrorKind::unavailable);
    }
    CHECK(f.has_no_work("w00"));
    f.join("fresh");  // it has not tried one, so it may
    f.complete("fresh", f.lease("fresh").attempt);
    f.lease("w00");
    CHECK(f.farm.jobs.at(job).refusals.empty());
}

TEST_CASE("a worker that fails what others do well is set aside, however mixed", "[farm]") {
    SmallFarm f;
    std::vector<TaskSpec> tasks = tasks_with("toybox", 400, "sh");
    const JobId job = f.submit("night", tasks);
    f.join("bad");
    f.join("good");
    for (int i = 0; i < 10 && !f.farm.workers.at({"bad"}).set_aside_until; ++i) {
        f.fail("bad", f.lease("bad").attempt, ErrorKind::unavailable);
        f.complete("good", f.lease("good").attempt);
    }
    CHECK(f.farm.workers.at({"bad"}).set_aside_until);
    f.work_off("good");
    f.pass(f.policy.unavailable_wait_max);
    f.work_off("good");
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("what was returned goes neither before nor after all that nobody has tried", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", tasks_with("toybox", 40, "sh"));
    f.join("w");
    for (int i = 0; i < 2; ++i) f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
    f.pass(f.policy.unavailable_wait_max);
    std::vector<TaskIndex> order;
    for (int i = 0; i < 8; ++i) {
        const TaskAttempt attempt = f.lease("w").attempt;
        order.push_back(attempt.task.index);
        f.complete("w", attempt);
    }
    CHECK(std::count_if(order.begin(), order.end(), [](TaskIndex i) { return i < 2; }) == 2);
    CHECK(std::count_if(order.begin(), order.begin() + 4, [](TaskIndex i) { return i < 2; }) == 1);
    f.work_off("w");
    CHECK(f.state(job) == JobState::done);
}

TEST_CASE("what no worker can run waits with the reason, and not for ever", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task_with("absent", "sh0010.take01"), task("other")});
    f.join("w");
    f.offer("w", {"toybox"});
    f.work_off("w");
    CHECK(explained(f, job, 0) ==
          "no connected worker can run this task (w: it does not have model absent)");
    f.pass(f.policy.unavailable_limit - Millis(1), {"w"});
    CHECK(f.state(job, 0) == TaskState::waiting);
    f.pass(Millis(1), {"w"});
    CHECK(f.state(job, 0) == TaskState::failed);
    CHECK(f.task_of(job, 0).error_kind == ErrorKind::unfit);
    CHECK_THAT(f.task_of(job, 0).error,
               Catch::Contains("it does not have model absent") &&
                   Catch::Contains("waited 12 h (unavailable_limit)") &&
                   Catch::Contains("nightreel retry 1.sh0010`"));
    CHECK(f.state(job) == JobState::failed);
}

TEST_CASE("what every worker is unfit for is tried once by each and fails after the limit",
          "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task_with("toybox", "a"), task_with("toybox", "b")});
    for (const std::string worker : {"w", "v"}) {
        f.join(worker);
        f.offer(worker, {"toybox"});
    }
    f.fail("w", f.lease("w").attempt, ErrorKind::unfit);
    f.fail("v", f.lease("v").attempt, ErrorKind::unfit);
    CHECK(f.has_no_work("w"));
    CHECK(f.has_no_work("v"));
    CHECK_THAT(explained(f, job, 1), Catch::Contains("no connected worker can run this task"));
    // Workers that say the same again are tried again, and prove nothing by it.
    for (Millis passed{0}; passed < f.policy.unavailable_limit; passed += Millis(3'600'000)) {
        CHECK(f.state(job, 0) == TaskState::waiting);
        CHECK(f.state(job, 1) == TaskState::waiting);
        f.pass(Millis(3'600'000), {"w", "v"});
        f.offer("w", {"toybox"});
        const Answer answer = f.ask("w");
        const auto* lease = std::get_if<LeaseGranted>(&answer);
        if (lease != nullptr) f.fail("w", lease->attempt, ErrorKind::unfit);
    }
    f.pass(Millis(1'000), {"w", "v"});
    CHECK(f.state(job, 0) == TaskState::failed);
    CHECK(f.state(job, 1) == TaskState::failed);
}

TEST_CASE("the wait for a machine is counted from when nobody could run the task", "[farm]") {
    const Millis limit = FarmPolicy{}.unavailable_limit;
    SmallFarm f;
    const JobId job = f.submit("night", {task_with("toybox", "a"), task_with("toybox", "b")});
    f.join("w");
    f.join("able");
    f.offer("w", {});
    f.offer("able", {"toybox"});
    SECTION("not while there was one, even if it was busy or is silent now") {
        f.lease("able");
        f.pass(limit, {"w", "able"});
        f.pass(f.policy.worker_silent, {"w"});
        CHECK(f.state(job, 1) == TaskState::waiting);
        f.pass(limit, {"w"});
        CHECK(f.state(job, 1) == TaskState::failed);
    }
    SECTION("not while nobody is there, or only machines that can render nothing at all") {
        f.offer("able", {}, "the store is not mounted");
        f.offer("w", {}, "the store is not mounted");
        f.pass(2 * limit, {"w", "able"});
        CHECK(f.state(job, 0) == TaskState::waiting);
        f.pass(2 * limit);
        CHECK(f.state(job, 0) == TaskState::waiting);
    }
    SECTION("not while the job was paused") {
        f.offer("able", {});
        f.tell(PauseJob{job, "ana"});
        f.pass(limit, {"w", "able"});
        f.tell(ResumeJob{job, "ana"});
        f.pass(Millis(1'000), {"w", "able"});
        CHECK(f.state(job, 0) == TaskState::waiting);
    }
    SECTION("and from the beginning when somebody retries") {
        f.offer("able", {});
        f.pass(limit, {"w", "able"});
        CHECK(f.state(job, 0) == TaskState::failed);
        f.tell(RetryTasks{{job, ""}, RetryScope::failed, "ana"});
        f.pass(limit - Millis(1), {"w", "able"});
        CHECK(f.state(job, 0) == TaskState::waiting);
        f.offer("able", {"toybox"});
        f.work_off("able");
        CHECK(f.state(job) == JobState::done);
    }
}

TEST_CASE("a task waits for a machine only from when its needs are done", "[farm]") {
    SmallFarm f;
    TaskSpec second = task_with("absent", "second");
    second.needs = {0};
    const JobId job = f.submit("night", {task("first"), second});
    f.join("w");
    f.offer("w", {});
    const TaskAttempt attempt = f.lease("w").attempt;
    f.pass(f.policy.unavailable_limit, {"w"});
    f.complete("w", attempt);
    f.pass(Millis(1'000), {"w"});
    CHECK(f.state(job, 1) == TaskState::waiting);
    f.pass(f.policy.unavailable_limit, {"w"});
    CHECK(f.state(job, 1) == TaskState::failed);
}

TEST_CASE("a worker that first offers a model ends the waits for it", "[farm]") {
    SmallFarm f;
    f.submit("night", {task_with("toybox", "a")});
    f.join("w");
    f.fail("w", f.lease("w").attempt, ErrorKind::unavailable);
    f.offer("w", {});
    f.join("v");
    f.offer("v", {});
    CHECK(f.has_no_work("v"));
    f.offer("v", {"toybox"});
    f.lease("v");
}

TEST_CASE("the reason why a task waits is the true one", "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a"), task("b")});
    CHECK(explained(f, job, 0) == "no worker is connected");
    f.join("w");
    CHECK(explained(f, job, 0) == "starts when the next suitable worker asks for work");
    f.lease("w");
    CHECK(explained(f, job, 1) == "all suitable workers are busy");
    f.join("v");
    f.farm.workers.at({"v"}).set_aside_until = f.now + Millis(1'000);
    CHECK(explained(f, job, 1) ==
          "1 of 2 suitable workers are suspended after repeated failures, all others are busy");
    f.tell(ManageWorker{{"w"}, WorkerMode::offline, "ana"});
    f.tell(ManageWorker{{"v"}, WorkerMode::draining, "ana"});
    CHECK(explained(f, job, 1) == "no worker is online; see `nightreel list --workers`");
}
