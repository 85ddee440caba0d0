#include "scheduler/server/listing.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr Millis now{1'000'000};

// A job of `count` tasks in two shots, on a farm with one worker.
struct Sample {
    explicit Sample(int count) {
        SubmitJob job{"key", "aurora", "ada", 5, {}};
        for (int i = 0; i < count; ++i) {
            TaskSpec spec;
            spec.name = fmt::format("sh{}.take01.sample{:02}", i % 2, i);
            spec.digest = digest_of(spec.name);
            spec.cost_seconds = 2;
            job.tasks.push_back(spec);
        }
        const Decision decision = advance(farm, policy, job, now);
        id = std::get<JobAccepted>(decision.answer).job;
        tell(Hello{worker, SessionId{1}, "host", 1 << 30, {}, {}, {}});
    }

    Answer tell(const Command& command) { return advance(farm, policy, command, now).answer; }

    TaskAttempt lease() {
        return std::get<LeaseGranted>(tell(AskForWork{worker, SessionId{1}, {}})).attempt;
    }

    FarmView view() const { return {farm, policy, progress, now}; }

    Json head() const { return parse_json(job_head(view(), id), "head")["job"]; }

    Farm farm;
    FarmPolicy policy;
    ProgressBoard progress;
    WorkerId worker{"render01"};
    JobId id;
};

}  // namespace

TEST_CASE("a head counts every task once and names what runs and what failed", "[server]") {
    Sample sample(6);
    const TaskAttempt first = sample.lease();
    sample.tell(ReportFailure{sample.worker,
                              SessionId{1},
                              first,
                              ErrorKind::bad_input,
                              "no such model",
                              FailureCause::task,
                              {}});
    const TaskAttempt second = sample.lease();
    sample.tell(ReportDone{sample.worker, SessionId{1}, second, R"({"seconds":3})", false});
    sample.tell(ReportPublished{sample.worker, SessionId{1}, second});
    const TaskAttempt third = sample.lease();
    sample.progress[third] = {0.5, "step 5 of 10"};

    const Json head = sample.head();
    CHECK(head["state"] == "running");
    CHECK(head["tasks"]["total"] == 6);
    CHECK(head["tasks"]["done"] == 1);
    CHECK(head["tasks"]["failed"] == 1);
    CHECK(head["tasks"]["running"] == 1);
    CHECK(head["tasks"]["waiting"] == 3);
    CHECK(head["estimated_seconds"] == 12.0);
    CHECK(head["estimated_seconds_done"] == 2.0);
    REQUIRE(head["running"].size() == 1);
    CHECK(head["running"][0]["fraction"] == 0.5);
    CHECK(head["running"][0]["worker"] == "render01");
    REQUIRE(head["failed"].size() == 1);
    CHECK(head["failed"][0]["kind"] == "bad_input");
    CHECK(head["failed"][0]["text"] == "no such model");
    std::uint32_t total = 0;
    for (const Json& shot : head["shots"]) total += shot["total"].get<std::uint32_t>();
    CHECK(total == 6);

    const ListingPage page = job_status(sample.view(), {sample.id, ""}, 0);
    const Json tasks = parse_json(page.text, "page")["tasks"];
    REQUIRE(tasks.size() == 6);
    CHECK(page.next == 0);
    CHECK(tasks[second.task.index]["facts"]["seconds"] == 3);
}

TEST_CASE("where nothing runs the head says what is waited for, and is silent otherwise",
          "[server]") {
    Sample sample(2);
    Task& task = sample.farm.jobs.at(sample.id).tasks[0];
    task.spec.memory_bytes = std::uint64_t{24} << 30U;
    const Json waiting = sample.head();
    CHECK_THAT(waiting["waits"].get<std::string>(),
               Catch::StartsWith("sh0.take01.sample00: no worker has enough memory: the task "
                                 "requires at least 24.0 GiB of memory, the largest worker has "
                                 "1.0 GiB"));
    task.spec.memory_bytes = 0;
    sample.lease();
    CHECK_FALSE(sample.head().contains("waits"));
}

TEST_CASE("a path selects itself and what lies below it, nothing that only begins alike",
          "[server]") {
    CHECK(lies_below("sh1.take01", ""));
    CHECK(lies_below("sh1.take01", "sh1"));
    CHECK(lies_below("sh1", "sh1"));
    CHECK_FALSE(lies_below("sh10.take01", "sh1"));
    CHECK_FALSE(lies_below("sh1", "sh1.take01"));

    Sample sample(6);
    const auto page = job_status(sample.view(), {sample.id, "sh1"}, 0);
    CHECK(parse_json(page.text, "page")["tasks"].size() == 3);
    CHECK_THROWS_WITH(job_status(sample.view(), {sample.id, "sh7"}, 0), Catch::Contains("sh7"));
    CHECK_THROWS_WITH(job_head(sample.view(), JobId{99}), Catch::Contains("99"));
}

TEST_CASE("pages of a long listing are short and together whole", "[server]") {
    Sample sample(6'000);
    std::size_t rows = 0;
    std::size_t pages = 0;
    std::uint64_t next = 0;
    do {
        const ListingPage page =
            job_status(sample.view(), {sample.id, ""}, static_cast<TaskIndex>(next));
        CHECK(page.text.size() < 2 * listing_bytes_max);
        rows += parse_json(page.text, "page")["tasks"].size();
        next = page.next;
        ++pages;
    } while (next != 0);
    CHECK(rows == 6'000);
    CHECK(pages > 1);
}

TEST_CASE("jobs and workers are listed", "[server]") {
    Sample sample(2);
    const Json jobs = parse_json(list_jobs(sample.farm, 0).text, "jobs");
    CHECK(jobs["format"] == 1);
    REQUIRE(jobs["jobs"].size() == 1);
    CHECK(jobs["jobs"][0]["title"] == "aurora");
    const Json workers = parse_json(list_workers(sample.farm, now), "workers");
    REQUIRE(workers["workers"].size() == 1);
    CHECK(workers["workers"][0]["host"] == "host");
}

}  // namespace nightreel
