#include <catch2/catch.hpp>

#include "scheduler/farm/placement.h"
#include "tests/unit/farm/small_farm.h"

using namespace nightreel;

namespace {

TaskSpec dailies_after(std::vector<TaskIndex> after) {
    TaskSpec spec = task("dailies");
    spec.kind = TaskKind::dailies;
    spec.after = std::move(after);
    return spec;
}

// Two takes, each sampled and published, and the dailies of both.
struct Night : SmallFarm {
    static constexpr TaskIndex sample1 = 0, publish1 = 1, sample2 = 2, publish2 = 3, dailies = 4;

    Night() {
        join("w");
        job = submit("night",
                     {task("sh.take01.sample01"),
                      task("sh.take01.publish", {0}),
                      task("sh.take02.sample01"),
                      task("sh.take02.publish", {2}),
                      dailies_after({publish1, publish2})});
    }

    // What the worker is given next, by name; empty when there is nothing.
    std::string next() {
        const Answer answer = ask("w");
        const auto* granted = std::get_if<LeaseGranted>(&answer);
        if (granted == nullptr) return {};
        attempt = granted->attempt;
        is_fresh = granted->fresh;
        return task_of(job, attempt.task.index).spec.name;
    }

    JobId job;
    TaskAttempt attempt;
    bool is_fresh = false;
};

}  // namespace

TEST_CASE("what stands after others waits for all of them, and never takes a stored result",
          "[farm]") {
    Night f;
    CHECK(explain_wait(f.farm, f.policy, {f.job, Night::dailies}, f.now) ==
          "starts when sh.take01.publish and 1 more have ended; sh.take01.publish is waiting");
    for (const char* name :
         {"sh.take01.sample01", "sh.take01.publish", "sh.take02.sample01", "sh.take02.publish"}) {
        REQUIRE(f.next() == name);
        CHECK_FALSE(f.is_fresh);
        f.complete("w", f.attempt);
    }
    REQUIRE(f.next() == "dailies");
    CHECK(f.is_fresh);
    CHECK(f.done("w", f.attempt, true) == Verdict::drop);  // a stored result is none
    REQUIRE(f.next() == "dailies");
    f.complete("w", f.attempt);
    CHECK(f.state(f.job) == JobState::done);
}

TEST_CASE("a take that is blocked or cancelled has ended: its job's dailies tell so", "[farm]") {
    Night f;
    REQUIRE(f.next() == "sh.take01.sample01");
    f.fail("w", f.attempt, ErrorKind::bad_input);
    f.tell(CancelTasks{{f.job, "sh.take02"}, "ana"});
    REQUIRE(f.next() == "dailies");
    f.complete("w", f.attempt);
    CHECK(f.state(f.job) == JobState::failed);
    CHECK(f.farm.jobs.at(f.job).finished);
}

TEST_CASE("dailies are run again when takes go on, whatever had become of the first ones",
          "[farm]") {
    Night f;
    REQUIRE(f.next() == "sh.take01.sample01");
    f.fail("w", f.attempt, ErrorKind::bad_input);
    const auto finish_second_take = [&] {
        for (int i = 0; i < 2; ++i) {
            f.next();
            f.complete("w", f.attempt);
        }
    };
    finish_second_take();
    REQUIRE(f.next() == "dailies");
    SECTION("done") {
        f.complete("w", f.attempt);
    }
    SECTION("failed") {
        f.fail("w", f.attempt, ErrorKind::bad_input);
    }
    SECTION("cancelled") {
        f.tell(CancelTasks{{f.job, "dailies"}, "ana"});
    }
    SECTION("being written") {}
    const TaskAttempt first = f.attempt;
    CHECK(std::get<Changed>(f.tell(RetryTasks{{f.job, "sh.take01"}, RetryScope::failed, "ana"}))
              .tasks == 1);
    CHECK(f.state(f.job, Night::dailies) == TaskState::waiting);
    CHECK(f.done("w", first) == Verdict::drop);  // it told of a night that goes on
    REQUIRE(f.next() == "sh.take01.sample01");
    f.complete("w", f.attempt);
    REQUIRE(f.next() == "sh.take01.publish");
    f.complete("w", f.attempt);
    REQUIRE(f.next() == "dailies");
    f.complete("w", f.attempt);
    CHECK(f.next().empty());
    CHECK(f.state(f.job) == JobState::done);
}

TEST_CASE("a cancelled job has no dailies unless somebody asks for them", "[farm]") {
    Night f;
    f.tell(CancelTasks{{f.job, ""}, "ana"});
    CHECK(f.next().empty());
    CHECK(f.state(f.job) == JobState::cancelled);
    f.tell(RetryTasks{{f.job, "dailies"}, RetryScope::failed, "ana"});
    REQUIRE(f.next() == "dailies");
    f.complete("w", f.attempt);
    CHECK(f.state(f.job) == JobState::cancelled);  // its takes are
}

TEST_CASE("dailies that cannot be written leave the takes done and the job failed", "[farm]") {
    Night f;
    for (int i = 0; i < 4; ++i) {
        f.next();
        f.complete("w", f.attempt);
    }
    REQUIRE(f.next() == "dailies");
    f.fail("w", f.attempt, ErrorKind::bad_input);
    CHECK(f.state(f.job) == JobState::failed);
    CHECK(f.state(f.job, Night::publish1) == TaskState::done);
    CHECK(f.state(f.job, Night::publish2) == TaskState::done);
    CHECK(std::get<Changed>(f.tell(RetryTasks{{f.job, ""}, RetryScope::failed, "ana"})).tasks == 1);
    REQUIRE(f.next() == "dailies");
}

TEST_CASE("replaying tells the same of what stands after others, also in a broken night",
          "[farm]") {
    Night f;
    REQUIRE(f.next() == "sh.take01.sample01");
    f.fail("w", f.attempt, ErrorKind::bad_input);
    f.next();
    f.complete("w", f.attempt);
    f.next();
    f.tell(RetryTasks{{f.job, "sh.take01"}, RetryScope::everything, "ana"});
    Farm anew;
    for (const Event& event : f.facts) evolve(anew, event);
    CHECK(anew == f.farm);
    rebuild_indices(anew);
    CHECK(anew == f.farm);
}

TEST_CASE("what stands after itself or after a task twice is refused", "[farm]") {
    SmallFarm f;
    const auto refusal = [&](std::vector<TaskSpec> tasks) {
        return std::get<Refused>(f.tell(SubmitJob{"key", "", "", 0, std::move(tasks)})).text;
    };
    CHECK(refusal({dailies_after({0})}) == "task dailies: depends on a later task");
    CHECK(refusal({task("a"), dailies_after({0, 0})}) == "task dailies: lists a dependency twice");
}
