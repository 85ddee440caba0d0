// Processes of the farm killed in mid-work at seeded moments: the night ends, and its bytes are
// those of a night in which nobody died.

#include <catch2/catch.hpp>

#include "shotspec/base/random.h"
#include "shotspec/describe/fields_json.h"
#include "tests/support/test_farm.h"

namespace nightreel {
namespace {

TaskGraph night() {
    GraphMaker maker;
    for (int i = 0; i < 4; ++i) maker.shot(fmt::format("sh{}", i), 4, "slow=80");
    return maker.graph;
}

std::string state_in(const std::string& news) {
    if (news.empty()) return "never finished";
    return parse_json(news, "news")["job"]["state"].get<std::string>();
}

std::map<std::string, Digest> undisturbed() {
    TestFarm farm;
    farm.start();
    const std::uint64_t job = farm.client().submit({"key", "night", 0}, night()).job;
    REQUIRE(state_in(farm.finish(job)) == "done");
    return farm.results();
}

// Kills somebody every now and then, and starts them again.
void disturb(TestFarm& farm, std::uint32_t seed, int kills) {
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(kills); ++i) {
        const PhiloxCounter draw = philox4x32({i, 0, 0, 0}, {seed, 5});
        let_time_pass(static_cast<int>(30 + draw[0] % 250));
        const std::uint32_t victim = draw[1] % 3;
        if (victim == 2) {
            farm.server().end(SIGKILL);
            let_time_pass(static_cast<int>(draw[2] % 200));
            farm.start_server();
        } else {
            farm.worker(static_cast<int>(victim)).end(SIGKILL);
            let_time_pass(static_cast<int>(draw[2] % 200));
            farm.start_worker(static_cast<int>(victim));
        }
    }
}

}  // namespace

TEST_CASE("kills at any moment change no byte of a night", "[farm]") {
    const std::map<std::string, Digest> expected = undisturbed();
    for (std::uint32_t seed = 1; seed <= 2; ++seed) {
        TestFarm farm;
        farm.start();
        const std::uint64_t job = farm.client().submit({"key", "night", 0}, night()).job;
        disturb(farm, seed, 12);
        INFO("seed " << seed);
        CHECK(state_in(farm.finish(job)) == "done");
        CHECK(farm.results() == expected);
        CHECK(names_in(farm.folder() / "store" / ".damaged").empty());
    }
}

TEST_CASE("a night that is being submitted while the scheduler is killed is one job, and whole",
          "[farm]") {
    TestFarm farm(1);
    farm.start_server();
    GraphMaker maker;
    for (std::size_t i = 0; i <= 2 * wire::submit_chunk_tasks_max; ++i) {
        maker.encode(fmt::format("sh{}", i));
    }
    wire::Client client = farm.client();
    int waits = 0;
    client.call_while_waiting([&] {
        if (++waits != 3) return;  // it has begun, and has not all of it
        farm.server().end(SIGKILL);
        farm.start_server();
    });
    const wire::Submitted submitted = client.submit({"key", "night", 0}, maker.graph);
    CHECK(waits > 3);
    CHECK_FALSE(submitted.known);
    const Json jobs = parse_json(client.list(wire::ListJobs{}).text, "jobs")["jobs"];
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0]["job"] == submitted.job);
    CHECK(jobs[0]["tasks"]["total"] == maker.graph.tasks.size());
}

TEST_CASE("a result finished while the scheduler was away survives its worker too", "[farm]") {
    TestFarm farm(1);
    farm.start();
    GraphMaker maker;
    maker.sample("sh", 1, maker.encode("sh"), {}, "slow=600");
    const std::uint64_t job = farm.client().submit({"key", "night", 0}, maker.graph).job;
    wire::Client watcher = farm.client();
    watcher.watch(job, [&](const wire::JobNews& news) {
        const Json head = parse_json(news.text, "news")["job"];
        return !(head["tasks"]["done"] == 1 && head["tasks"]["running"] == 1);
    });
    farm.server().end(SIGKILL);
    const std::filesystem::path outbox = farm.folder() / "w0" / "outbox";
    const std::filesystem::path completion = outbox / "1-1-2.json";  // the second attempt of all
    for (int i = 0; i < 1'000 && !std::filesystem::exists(completion); ++i) let_time_pass(10);
    REQUIRE(std::filesystem::exists(completion));
    CHECK(farm.results().size() == 2);  // not published: nobody has accepted it
    farm.worker(0).end(SIGKILL);
    farm.start();
    CHECK(state_in(farm.finish(job)) == "done");

    // One log an attempt: neither task was begun a second time.
    const std::filesystem::path logs = farm.folder() / "w0" / "logs";
    CHECK(std::distance(std::filesystem::directory_iterator(logs), {}) == 2);
    for (int i = 0; i < 500 && !std::filesystem::is_empty(outbox); ++i) let_time_pass(10);
    CHECK(std::filesystem::is_empty(outbox));
}

}  // namespace nightreel
