#include "scheduler/server/listing.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "scheduler/protocol/codec.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr Millis listed_at{1'000'000};

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
        if (count == 0) return;
        id = std::get<JobAccepted>(tell(job)).job;
        tell(Hello{worker, SessionId{1}, "host", 1 << 30, {}, {}, {}});
    }

    Answer tell(const Command& command) {
        const Decision decision = advance(farm, policy, command, listed_at);
        for (const Event& event : decision.events) tallies.note(farm, event);
        return decision.answer;
    }

    void fail(const TaskAttempt& attempt, const std::string& why) {
        tell(ReportFailure{
            worker, SessionId{1}, attempt, ErrorKind::bad_input, why, FailureCause::task, {}});
    }

    TaskAttempt lease() {
        return std::get<LeaseGranted>(tell(AskForWork{worker, SessionId{1}, {}})).attempt;
    }

    FarmView view() const {
        return {.farm = farm,
                .policy = policy,
                .progress = progress,
                .tallies = tallies,
                .now = listed_at,
                .roots = &roots};
    }

    Json head() const { return parse_json(job_head(view(), id), "head")["job"]; }

    std::map<std::string, std::string> roots{{"out", "/out"}};
    Farm farm;
    FarmPolicy policy;
    ProgressBoard progress;
    TallyBook tallies;
    WorkerId worker{"render01"};
    JobId id;
};

}  // namespace

TEST_CASE("a head counts every task once and names what runs and what failed", "[server]") {
    Sample sample(6);
    const TaskAttempt first = sample.lease();
    sample.fail(first, "no such model");
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
    const Json jobs = parse_json(list_jobs(sample.view(), 0).text, "jobs");
    CHECK(jobs["format"] == 1);
    REQUIRE(jobs["jobs"].size() == 1);
    CHECK(jobs["jobs"][0]["title"] == "aurora");
    const Json workers = parse_json(list_workers(sample.view(), 0).text, "workers");
    REQUIRE(workers["workers"].size() == 1);
    CHECK(workers["workers"][0]["host"] == "host");
    CHECK(workers["workers"][0]["state"] == "online");
}

TEST_CASE("dailies are a task of no shot, and a head says where they lie", "[server]") {
    Sample sample(0);
    SubmitJob job{"night", "aurora", "ada", 5, {}};
    TaskSpec take;
    take.name = "sh0.take01.publish";
    take.digest = digest_of(take.name);
    TaskSpec dailies;
    dailies.kind = TaskKind::dailies;
    dailies.name = "dailies";
    dailies.digest = digest_of(dailies.name);
    dailies.after = {0};
    job.tasks = {take, dailies};
    sample.id = std::get<JobAccepted>(sample.tell(job)).job;
    sample.tell(Hello{sample.worker, SessionId{1}, "host", 1 << 30, {}, {}, {}});
    const auto finish = [&](const std::string& facts) {
        const TaskAttempt attempt = sample.lease();
        sample.tell(ReportDone{sample.worker, SessionId{1}, attempt, facts, false});
        sample.tell(ReportPublished{sample.worker, SessionId{1}, attempt});
    };
    finish("{}");
    CHECK_FALSE(sample.head().contains("dailies"));
    finish(R"({"facts":{"root":"out","folder":"aurora/dailies/2026-11-21_7"}})");
    const Json head = sample.head();
    CHECK(head["dailies"] == "/out/aurora/dailies/2026-11-21_7");
    CHECK(head["shots_total"] == 1);
    CHECK(head["shots_done"] == 1);
    CHECK(head["tasks"]["total"] == 2);
    const Json jobs = parse_json(list_jobs(sample.view(), 0).text, "jobs")["jobs"];
    CHECK(jobs[0]["dailies"] == head["dailies"]);
    // It begins anew with its take, which the tally has to notice.
    sample.tell(RetryTasks{{sample.id, "sh0"}, RetryScope::everything, "ada"});
    TallyBook anew;
    anew.count_all(sample.farm);
    CHECK(sample.tallies.of(sample.id) == anew.of(sample.id));
    CHECK_FALSE(sample.head().contains("dailies"));
    CHECK(
        parse_json(job_news(sample.view(), sample.id, {{}, {1}}), "news")["job"]["shots"].empty());
}

TEST_CASE("a tally kept from the facts is what counting the farm anew gives", "[server]") {
    Sample sample(40);
    const auto expect_same = [&] {
        TallyBook anew;
        anew.count_all(sample.farm);
        const JobTally& kept = sample.tallies.of(sample.id);
        CHECK(kept.shots == anew.of(sample.id).shots);
        CHECK(kept.running == anew.of(sample.id).running);
        CHECK(kept.failed == anew.of(sample.id).failed);
        CHECK(kept.shots_done == anew.of(sample.id).shots_done);
        CHECK(kept.seconds_done == Approx(anew.of(sample.id).seconds_done));
        CHECK(kept.seconds_waiting == Approx(anew.of(sample.id).seconds_waiting));
        CHECK(kept.blocked == anew.of(sample.id).blocked);
        CHECK(kept.work.ends == anew.of(sample.id).work.ends);
        CHECK(kept.work.slots == anew.of(sample.id).work.slots);
        CHECK(kept.counted == anew.of(sample.id).counted);
    };
    for (int i = 0; i < 10; ++i) {
        const TaskAttempt attempt = sample.lease();
        expect_same();
        if (i % 3 == 0) sample.fail(attempt, "broken");
        if (i % 3 == 1) {
            sample.tell(ReportDone{sample.worker, SessionId{1}, attempt, "{}", false});
            expect_same();
            sample.tell(ReportPublished{sample.worker, SessionId{1}, attempt});
        }
        if (i % 3 == 2) sample.tell(Hello{sample.worker, SessionId{1}, "host", 1, {}, {}, {}});
        expect_same();
        if (i % 3 == 2) sample.fail(attempt, "broken as well");
    }
    sample.tell(RetryTasks{{sample.id, "sh1"}, RetryScope::everything, "ada"});
    expect_same();
    sample.tell(CancelTasks{{sample.id, ""}, "ada"});
    expect_same();
    sample.tell(StepClock{Millis{60'000}});
    expect_same();
    CHECK(sample.tallies.of(sample.id).shots.at("sh0").total == 20);
}

TEST_CASE("news of a job has what changed, and a head all of it", "[server]") {
    Sample sample(6);
    const TaskAttempt failed = sample.lease();
    sample.fail(failed, "broken");
    const TaskAttempt running = sample.lease();
    sample.progress[running] = {0.5, "half"};
    const auto news = [&](const JobChanges& changes) {
        return parse_json(job_news(sample.view(), sample.id, changes), "news")["job"];
    };
    const Json quiet = news({});
    CHECK(quiet["shots"].empty());
    CHECK(quiet["failed"].empty());
    CHECK(quiet["running"].size() == 1);
    CHECK(quiet["running"][0]["attempt"] == 1);
    CHECK(quiet["tasks"]["failed"] == 1);
    CHECK(quiet["shots_total"] == 2);
    CHECK(quiet["shots_done"] == 0);
    CHECK(quiet["percent"].get<double>() == Approx(100.0 * 0.5 / 6));
    const Json changed = news({{"sh0"}, {failed.task.index}});
    CHECK(changed["shots"].size() == 1);
    CHECK(changed["failed"][0]["text"] == "broken");
    CHECK(sample.head()["shots"].size() == 2);
    CHECK(sample.head()["failed"].size() == 1);
}

TEST_CASE("every listing fits into a message, whatever texts are in it", "[server]") {
    Sample sample(400);
    for (int i = 0; i < 150; ++i) {
        sample.fail(sample.lease(), std::string(4'000, i % 2 == 0 ? '\x01' : '"'));
    }
    sample.farm.jobs.at(sample.id).title = std::string(4'000, '\x1b');
    const auto fits = [](std::uint64_t next, const std::string& text) {
        CHECK(wire::encode(wire::ServerReply(wire::Listing{text, next})).size() <=
              wire::message_bytes_max);
        CHECK(text.find("\\u00") == std::string::npos);  // no control character, not even escaped
    };
    fits(0, job_head(sample.view(), sample.id));
    std::uint64_t next = 0;
    do {
        const ListingPage page =
            job_status(sample.view(), {sample.id, ""}, static_cast<TaskIndex>(next));
        fits(page.next, page.text);
        next = page.next;
    } while (next != 0);
}

TEST_CASE("workers are listed page by page, each once, with state and reason", "[server]") {
    Sample sample(1);
    for (int i = 0; i < 4'000; ++i) {
        const WorkerId worker{fmt::format("w{:04}", i)};
        sample.tell(Hello{worker, SessionId{1}, "\x1b]0;pwned\x07", 1 << 30, {}, {}, {}});
        if (i == 0) sample.tell(ManageWorker{worker, WorkerMode::draining, "ada"});
        if (i == 1) {
            sample.tell(Offer{worker,
                              SessionId{1},
                              {"cpu",
                               {{"toybox", digest_of("a"), ""}, {"big", digest_of("b"), "no card"}},
                               "the store is not mounted"}});
        }
    }
    std::map<std::string, Json> rows;
    std::uint64_t next = 0;
    std::size_t pages = 0;
    do {
        const ListingPage page = list_workers(sample.view(), next);
        CHECK(page.text.size() < 2 * listing_bytes_max);
        const Json listing = parse_json(page.text, "workers");
        for (const Json& row : listing["workers"]) {
            CHECK(rows.emplace(row["worker"].get<std::string>(), row).second);
        }
        next = page.next;
        ++pages;
    } while (next != 0);
    CHECK(pages > 1);
    REQUIRE(rows.size() == 4'001);
    CHECK(rows["w0000"]["state"] == "draining");
    CHECK(rows["w0000"]["mode_by"] == "ada");
    CHECK(rows["w0001"]["state"] == "unfit");
    CHECK(rows["w0001"]["fault"] == "the store is not mounted");
    CHECK(rows["w0001"]["models"] == 1);
    CHECK(rows["w0001"]["model_faults"][0]["fault"] == "no card");
    CHECK(rows["w0002"]["host"] == "]0;pwned");
    CHECK(rows["w0002"]["state"] == "online");
    CHECK(rows["render01"]["tasks"].empty());
}

TEST_CASE(
    "a worker that falls silent is shown before its lease ends, with what becomes of its task",
    "[server]") {
    Sample sample(2);
    sample.progress[sample.lease()] = {0.5, "step 5 of 10"};
    std::map<WorkerId, Millis> heard{{sample.worker, Millis{100'000}}};
    FarmView view = sample.view();
    view.heard = &heard;
    view.steady = Millis{105'000};
    const auto running = [&] {
        return parse_json(job_head(view, sample.id), "head")["job"]["running"][0];
    };
    const auto worker = [&] {
        return parse_json(list_workers(view, 0).text, "workers")["workers"][0];
    };
    CHECK(running()["text"] == "step 5 of 10");
    CHECK_FALSE(worker().contains("silent_seconds"));
    CHECK(worker()["last_seen"] == utc_text(listed_at - Millis{5'000}));
    view.steady += Millis{35'000};
    view.now += Millis{35'000};
    CHECK(running()["silent_seconds"] == 40);
    CHECK(running()["text"] ==
          "worker render01 has been silent for 40 s; if it stays silent, another "
          "worker gets the task in 25 s");
    CHECK(worker()["silent_seconds"] == 40);
    const Json status = parse_json(job_status(view, {sample.id, {}}, 0, {}).text, "status");
    CHECK(status["tasks"][0]["silent_seconds"] == 40);
}

TEST_CASE("a head says when no connected worker can take what waits", "[server]") {
    Sample sample(2);
    CHECK_FALSE(sample.head().contains("stuck"));
    const auto offer = [&](const std::string& fault) {
        sample.tell(Offer{sample.worker, SessionId{1}, {"cpu", {}, fault}});
    };
    offer("/store: is not there");
    CHECK(sample.head()["stuck"] == true);
    CHECK_THAT(sample.head()["waits"].get<std::string>(), Catch::Contains("/store: is not there"));
    offer("");
    CHECK_FALSE(sample.head().contains("stuck"));
    sample.tell(ManageWorker{sample.worker, WorkerMode::draining, "ana"});
    CHECK(sample.head()["stuck"] == true);
}

}  // namespace nightreel
