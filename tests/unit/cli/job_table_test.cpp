#include "cli/farm/job_table.h"

#include <catch2/catch.hpp>

namespace nightreel::cli {
namespace {

Json running_head() {
    return Json::parse(R"({
        "job": 3, "title": "aurora", "submitter": "ada", "state": "running", "priority": 5,
        "submitted_at": "2026-11-30T17:50:59.220Z",
        "tasks": {"total": 6, "waiting": 2, "running": 1, "publishing": 0, "done": 2, "failed": 1},
        "estimated_seconds": 100, "estimated_seconds_done": 40, "seconds_left": 3723,
        "output": "/farm/out",
        "shots": [{"shot": "sh1", "total": 6, "done": 2, "failed": 1, "running": 1}],
        "running": [{"task": "sh1.take01.sample02", "state": "running", "fraction": 0.5,
                     "estimated_seconds": 20, "worker": "w1"}],
        "failed": [{"task": "sh1.encode", "kind": "crash", "text": "it died", "worker": "w1"}]})");
}

}  // namespace

TEST_CASE("what runs counts by how far it is, by its share of the work", "[cli]") {
    Json head = running_head();
    CHECK(fraction_done(head) == Approx(0.5));
    head["running"][0]["fraction"] = 1.0;
    CHECK(fraction_done(head) == Approx(0.6));
    // The end of a task is never less than its last progress.
    head["running"] = Json::array();
    head["estimated_seconds_done"] = 60;
    CHECK(fraction_done(head) == Approx(0.6));
    head["estimated_seconds"] = 0;
    CHECK(fraction_done(head) == Approx(2.0 / 6));
    CHECK(fraction_done(Json::object()) == 0);
}

TEST_CASE("what is not done is never shown as 100 %", "[cli]") {
    Json head = running_head();
    CHECK(percent_done(head, 0.999) == 99);
    head["state"] = "done";
    CHECK(percent_done(head, 0.999) == 100);
}

TEST_CASE("jobs are listed with by whom, how far, how long and until when", "[cli]") {
    CHECK(job_table(Json::array()).empty());
    CHECK(job_table(Json::array({running_head()})) ==
          "job  state    done  tasks  time left  priority  submitter  submitted (UTC)   ended (UTC)"
          "  title   dailies\n"
          "3    running  50 %  2/6    1:02:03    5         ada        2026-11-30 17:50             "
          "  aurora\n");
}

TEST_CASE("a heading says all that is known of a job", "[cli]") {
    Json head = running_head();
    CHECK(job_heading(head) ==
          "job 3  aurora  running  50 %, 2/6 tasks done, about 1:02:03 left\n"
          "  submitted by ada at 2026-11-30 17:50 UTC, priority 5\n"
          "  output: /farm/out\n");
    head["finished_at"] = "2026-12-01T02:00:00.000Z";
    CHECK(job_heading(head).find("  ended at 2026-12-01 02:00 UTC\n") != std::string::npos);
}

TEST_CASE("of a dead run nothing is running", "[cli]") {
    Json status{{"format", 1}, {"job", running_head()}};
    status["tasks"] = Json::parse(R"([
        {"task": "sh1.take01.sample01", "state": "done", "worker": "w1"},
        {"task": "sh1.take01.sample02", "state": "running", "worker": "w1", "fraction": 0.5,
         "since": "x", "text": "step 5"},
        {"task": "sh1.encode", "state": "failed"}])");
    mark_stopped(status);
    const Json& head = status["job"];
    CHECK(head["state"] == "stopped");
    CHECK(head["tasks"]["running"] == 0);
    CHECK(head["tasks"]["waiting"] == 3);
    CHECK(head["running"].empty());
    CHECK(head["shots"][0]["running"] == 0);
    CHECK_FALSE(head.contains("seconds_left"));
    CHECK(head["waits"].get<std::string>().find("run the same command again") != std::string::npos);
    CHECK(status["tasks"][1] == Json({{"task", "sh1.take01.sample02"}, {"state", "waiting"}}));
    CHECK(status["tasks"][2]["state"] == "failed");

    Json listing{{"jobs", Json::array({running_head(), {{"job", 4}, {"state", "done"}}})}};
    mark_stopped(listing);
    CHECK(listing["jobs"][0]["state"] == "stopped");
    CHECK(listing["jobs"][1] == Json({{"job", 4}, {"state", "done"}}));
}

TEST_CASE("a table of workers says state, task and why one is given no work", "[cli]") {
    const Json workers = Json::parse(R"([
        {"worker": "r1", "host": "a", "state": "online", "mode": "online", "models": 2,
         "device_class": "cpu avx2", "last_seen": "2026-11-30T17:50:59.220Z",
         "tasks": [{"job": 3, "task": "sh1.take01.sample02"}]},
        {"worker": "r2", "host": "b", "state": "unfit", "mode": "online", "models": 0,
         "fault": "/store: is not there", "last_seen": "2026-11-30T17:50:59.220Z", "tasks": []},
        {"worker": "r3", "host": "c", "state": "draining", "mode": "draining", "mode_by": "ana",
         "last_seen": "2026-11-30T17:50:59.220Z", "tasks": []},
        {"worker": "r4", "host": "d", "state": "online", "mode": "online", "models": 1,
         "last_seen": "2026-11-30T17:50:59.220Z", "tasks": [],
         "unfit": [{"model": "toybox", "why": "its card is another one"}]}])");
    const std::string table = worker_table(workers);
    for (const char* part : {"cpu avx2  2       3.sh1.take01.sample02",
                             "/store: is not there",
                             "set by ana",
                             "toybox: its card is another one"}) {
        CHECK_THAT(table, Catch::Contains(part));
    }
    CHECK(worker_table(Json::array()).empty());
}

}  // namespace nightreel::cli
