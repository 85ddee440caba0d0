#include "cli/job/job_sight.h"

#include <catch2/catch.hpp>

#include "cli/job/job_status.h"
#include "shotspec/base/error.h"

namespace nightreel::cli {
namespace {

constexpr std::int64_t now = 1'764'547'512'000;

JobTask task_of(const std::string& name, TaskKind kind, std::vector<std::string> needs) {
    return {.name = name,
            .kind = kind,
            .digest = digest_of(name),
            .shot = "sh010",
            .take = name.find(".take02") != std::string::npos   ? 2
                    : name.find(".take01") != std::string::npos ? 1
                                                                : 0,
            .needs = std::move(needs),
            .cost = {.seconds = 10}};
}

// Two takes of one shot, each a unit, after a unit that both need, and the dailies after all.
JobSight two_takes() {
    JobSight sight{.directory = "/jobs/monday",
                   .manager = "slurm",
                   .to_submit = "nightreel submit --job /jobs/monday",
                   .now = now};
    sight.index.show = "demo";
    sight.index.tasks = {
        task_of("sh010.encode", TaskKind::encode, {}),
        task_of("sh010.take01.sample01", TaskKind::sample, {"sh010.encode"}),
        task_of("sh010.take01.publish", TaskKind::publish, {"sh010.take01.sample01"}),
        task_of("sh010.take02.sample01", TaskKind::sample, {"sh010.encode"}),
        task_of("sh010.take02.publish", TaskKind::publish, {"sh010.take02.sample01"}),
        task_of("dailies", TaskKind::dailies, {})};
    sight.index.tasks.back().shot.clear();
    sight.index.tasks.back().after = {"sh010.take01.publish", "sh010.take02.publish"};
    sight.job = manager_job_of(sight.index, Grain::take, sight.directory);
    REQUIRE(sight.job.units.size() == 4);
    return sight;
}

void finish(JobSight& sight, const std::string& unit) {
    for (const Unit& one : sight.job.units) {
        if (one.name != unit) continue;
        for (const std::string& task : one.tasks) sight.done.emplace(task, TaskResult());
    }
}

void submit(JobSight& sight, SubmissionState state = SubmissionState::submitted) {
    Submission submission{.uuid = "uuid", .manager = "slurm", .state = state, .ids = {"41"}};
    for (const Unit& unit : sight.job.units) submission.units.push_back(unit.name);
    sight.submissions.push_back(submission);
}

void attempt(JobSight& sight,
             const std::string& unit,
             std::optional<std::int32_t> exit_code,
             const std::string& text = {},
             const std::string& task = {}) {
    UnitAttempt record{.unit = unit,
                       .submission = "uuid",
                       .host = "node1",
                       .began_at = now - 5'000,
                       .told_at = now - 1'000,
                       .exit_code = exit_code,
                       .fraction = 0.25,
                       .task = task,
                       .kind = exit_code == 3 ? "bad_input" : "",
                       .text = text};
    if (exit_code) record.ended_at = now;
    sight.attempts[unit].push_back(record);
}

std::string state_of(const JobSight& sight) {
    return job_status_of(sight, look_at_units(sight))["job"]["state"].get<std::string>();
}

std::vector<Standing> standings_of(const JobSight& sight) {
    std::vector<Standing> standings;
    for (const UnitSight& unit : look_at_units(sight)) standings.push_back(unit.standing);
    return standings;
}

}  // namespace

TEST_CASE("what was never handed over has stopped, and says how it goes on") {
    const JobSight sight = two_takes();
    const Json head = job_status_of(sight, look_at_units(sight))["job"];
    CHECK(head["state"] == "stopped");
    CHECK(head["waits"] == "it was not submitted yet: `nightreel submit --job /jobs/monday`");
}

TEST_CASE("results count, whatever the manager says of a unit") {
    JobSight sight = two_takes();
    submit(sight);
    for (const Unit& unit : sight.job.units) finish(sight, unit.name);
    sight.report = ManagerReport{.ids = {"41"},
                                 .units = {{"sh010.take01", UnitState::failed, "node1", "FAILED"}}};
    CHECK(state_of(sight) == "done");
    CHECK(has_ended(look_at_units(sight)));
    CHECK(units_to_retry(sight, look_at_units(sight)).empty());
}

TEST_CASE("a failed unit fails its task with the text of its run, and blocks what needs it") {
    JobSight sight = two_takes();
    submit(sight, SubmissionState::seen);
    attempt(sight, "sh010.encode", 3, "model toybox: no such model", "sh010.encode");
    sight.report = ManagerReport{
        .ids = {"41"},
        .units = {{"sh010.encode", UnitState::failed, "node1", "NonZeroExitCode"},
                  {"sh010.take01", UnitState::cancelled, "", "DependencyNeverSatisfied"},
                  {"sh010.take02", UnitState::waiting, "", "Dependency"}}};
    finish(sight, "dailies");
    CHECK(standings_of(sight) ==
          std::vector{Standing::failed, Standing::blocked, Standing::blocked, Standing::done});
    const Json status = job_status_of(sight, look_at_units(sight));
    CHECK(status["job"]["state"] == "failed");
    REQUIRE(status["job"]["failed"].size() == 1);
    CHECK(status["job"]["failed"][0]["task"] == "sh010.encode");
    CHECK(status["job"]["failed"][0]["kind"] == "bad_input");
    CHECK(status["job"]["failed"][0]["text"] == "model toybox: no such model");
    CHECK(status["tasks"][1]["blocked_by"]["task"] == "sh010.encode");
    CHECK(units_to_retry(sight, look_at_units(sight)) ==
          std::set<std::string>{"dailies", "sh010.encode", "sh010.take01", "sh010.take02"});
    CHECK(units_to_retry(sight, look_at_units(sight), "sh010.take01") ==
          std::set<std::string>{"dailies", "sh010.encode", "sh010.take01"});
}

TEST_CASE("a unit that was killed says so, with what the manager says") {
    JobSight sight = two_takes();
    submit(sight, SubmissionState::seen);
    finish(sight, "sh010.encode");
    attempt(sight, "sh010.take01", std::nullopt);
    sight.report = ManagerReport{
        .ids = {"41"}, .units = {{"sh010.take01", UnitState::failed, "node1", "OUT_OF_MEMORY"}}};
    const UnitSight unit = look_at_units(sight)[1];
    CHECK(unit.standing == Standing::failed);
    CHECK(unit.kind == "crash");
    CHECK(unit.text == "ended without an exit code, as if it was killed: OUT_OF_MEMORY");
    CHECK(unit.task == "sh010.take01.sample01");
}

TEST_CASE("what runs shows its task, its host and how far the task is") {
    JobSight sight = two_takes();
    submit(sight, SubmissionState::seen);
    finish(sight, "sh010.encode");
    attempt(sight, "sh010.take01", std::nullopt, {}, "sh010.take01.sample01");
    sight.report =
        ManagerReport{.ids = {"41"}, .units = {{"sh010.take01", UnitState::running, "node7"}}};
    const Json status = job_status_of(sight, look_at_units(sight));
    CHECK(status["job"]["state"] == "running");
    REQUIRE(status["job"]["running"].size() == 1);
    const Json& row = status["job"]["running"][0];
    CHECK(row["task"] == "sh010.take01.sample01");
    CHECK(row["worker"] == "node7");
    CHECK(row["fraction"] == Approx(0.5));  // a quarter of two tasks
    CHECK(status["job"]["percent"] == Approx(100 * 15.0 / 60));
}

TEST_CASE("a submission that the manager does not know and never told of is lost") {
    JobSight sight = two_takes();
    submit(sight);
    sight.report = ManagerReport{};
    CHECK(is_lost(sight, look_at_units(sight)));
    CHECK(units_lost(sight, look_at_units(sight)).size() == 4);
    SECTION("but not when somebody has seen it since: then the manager has forgotten it") {
        sight.submissions.back().state = SubmissionState::seen;
        CHECK_FALSE(is_lost(sight, look_at_units(sight)));
        CHECK(state_of(sight) == "stopped");
        CHECK(units_to_retry(sight, look_at_units(sight)).size() == 4);
    }
    SECTION("nor when it was cancelled") {
        sight.submissions.back().state = SubmissionState::cancelled;
        CHECK_FALSE(is_lost(sight, look_at_units(sight)));
        CHECK(state_of(sight) == "cancelled");
    }
    SECTION("nor when all that is missing failed in it") {
        finish(sight, "dailies");
        finish(sight, "sh010.encode");
        finish(sight, "sh010.take01");
        attempt(sight, "sh010.take02", 3, "bad");
        CHECK_FALSE(is_lost(sight, look_at_units(sight)));
        CHECK(state_of(sight) == "failed");
    }
    SECTION("nor when the manager could not be asked") {
        sight.report.reset();
        sight.not_asked = "slurm could not be asked";
        CHECK_FALSE(is_lost(sight, look_at_units(sight)));
        CHECK(units_to_retry(sight, look_at_units(sight)).size() == 4);
    }
}

TEST_CASE("a submission of which the manager has a part is lost, and all of it begins again") {
    JobSight sight = two_takes();
    submit(sight);
    sight.report = ManagerReport{.ids = {"41"},
                                 .units = {{"sh010.encode", UnitState::done, "node1"},
                                           {"sh010.take01", UnitState::running, "node1"}}};
    finish(sight, "sh010.encode");
    CHECK(is_lost(sight, look_at_units(sight)));
    CHECK(units_lost(sight, look_at_units(sight)) ==
          std::set<std::string>{"dailies", "sh010.take01", "sh010.take02"});
    SECTION("but not when it was seen whole: the manager forgets what ended long ago") {
        sight.submissions.back().state = SubmissionState::seen;
        CHECK_FALSE(is_lost(sight, look_at_units(sight)));
    }
    SECTION("nor do units matter that it was not handed") {
        sight.submissions.back().units = {"sh010.encode", "sh010.take01"};
        CHECK_FALSE(is_lost(sight, look_at_units(sight)));
    }
}

TEST_CASE("a run that goes on after its manager forgot it is no second time handed over") {
    JobSight sight = two_takes();
    submit(sight);
    sight.report = ManagerReport{};
    finish(sight, "sh010.encode");
    finish(sight, "sh010.take02");
    finish(sight, "dailies");
    attempt(sight, "sh010.take01", std::nullopt);
    CHECK_FALSE(is_lost(sight, look_at_units(sight)));
    SECTION("until it is silent") {
        sight.attempts["sh010.take01"].back().told_at = now - 600'000;
        CHECK(is_lost(sight, look_at_units(sight)));
        CHECK(units_lost(sight, look_at_units(sight)) ==
              std::set<std::string>{"dailies", "sh010.take01"});
    }
}

TEST_CASE("a unit that ended well without its result has failed") {
    JobSight sight = two_takes();
    submit(sight);
    sight.report =
        ManagerReport{.ids = {"41"}, .units = {{"sh010.encode", UnitState::done, "node1"}}};
    const UnitSight unit = look_at_units(sight)[0];
    CHECK(unit.standing == Standing::failed);
    CHECK(unit.kind == name_of(ErrorKind::corrupt));
}

TEST_CASE("what somebody started by hand is shown without a submission") {
    JobSight sight = two_takes();
    attempt(sight, "sh010.encode", std::nullopt);
    sight.attempts["sh010.encode"].back().submission.clear();
    CHECK(state_of(sight) == "running");
}

TEST_CASE("a part of a job is told alone, and one that it has not is refused") {
    const JobSight sight = two_takes();
    const Json status = job_status_of(sight, look_at_units(sight));
    CHECK(tasks_below(status, "sh010.take02")["tasks"].size() == 2);
    CHECK(tasks_below(status, "")["tasks"].size() == 6);
    CHECK_THROWS_WITH(tasks_below(status, "sh011"),
                      "/jobs/monday has no shot, take or task \"sh011\"");
}

}  // namespace nightreel::cli
