// Nights on a real farm: processes, sockets, journal and store are the real ones, the render
// program alone is a fake.

#include <catch2/catch.hpp>
#include <sys/mount.h>

#include "scheduler/protocol/codec.h"
#include "shotspec/describe/fields_json.h"
#include "tests/support/skip.h"
#include "tests/support/test_farm.h"
#include "worker/run_worker.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

std::uint64_t submit(const TestFarm& farm, const TaskGraph& graph, const std::string& key = "key") {
    return farm.client().submit({key, "night", 0}, graph).job;
}

Json job_in(const std::string& news) {
    REQUIRE_FALSE(news.empty());
    return parse_json(news, "news")["job"];
}

std::string refusal(const std::function<void()>& request) {
    try {
        request();
    } catch (const Error& error) {
        return fmt::format("{}: {}", name_of(error.kind()), error.what());
    }
    return "accepted";
}

}  // namespace

TEST_CASE("two workers finish a night, and each result is whole and used", "[farm]") {
    TestFarm farm;
    farm.start();
    GraphMaker maker;
    for (int i = 0; i < 4; ++i) maker.shot(fmt::format("sh{}", i), 3, "slow=400");
    const std::uint64_t job = submit(farm, maker.graph);

    double most_progress = 0;
    wire::Client watcher = farm.client();
    Json last;
    const auto on_news = [&](const wire::JobNews& news) {
        last = job_in(news.text);
        for (const Json& running : last["running"]) {
            most_progress = std::max(most_progress, running.value("fraction", 0.0));
        }
        return true;
    };
    watcher.watch(job, on_news);
    CHECK(last["state"] == "done");
    CHECK(last["tasks"]["done"] == maker.graph.tasks.size());
    CHECK(most_progress > 0);
    CHECK(farm.results().size() == 2 * maker.graph.tasks.size());

    const wire::Listing page = farm.client("vera").list(wire::GetStatus{job, "", 0});
    std::set<std::string> workers;
    const Json listing = parse_json(page.text, "listing");
    for (const Json& task : listing["tasks"]) workers.insert(task["worker"].get<std::string>());
    CHECK(workers == std::set<std::string>{"w0", "w1"});

    const auto logs = farm.client().list(wire::GetLogs{job, "sh0.encode"});
    const Json log = parse_json(logs.text, "logs")["logs"];
    REQUIRE(log.size() == 1);
    CHECK(fs::exists(log[0]["path"].get<std::string>()));
    CHECK(farm.worker(0).end(SIGTERM) == 0);
    CHECK(farm.server().end(SIGTERM) == 0);
}

TEST_CASE("the same submission is the same job, also after the scheduler was away", "[farm]") {
    TestFarm farm(1);
    farm.start();
    GraphMaker maker;
    maker.shot("sh0", 2);
    const std::uint64_t job = submit(farm, maker.graph);
    CHECK(submit(farm, maker.graph) == job);
    CHECK(job_in(farm.finish(job))["state"] == "done");
    farm.server().end(SIGKILL);
    farm.start_server();
    const wire::Submitted again = farm.client().submit({"key", "night", 0}, maker.graph);
    CHECK(again.job == job);
    CHECK(again.known);

    // Another key is another job; its results are in the store already.
    const std::uint64_t other = submit(farm, maker.graph, "other");
    CHECK(other != job);
    CHECK(job_in(farm.finish(other))["state"] == "done");
    const auto page = farm.client().list(wire::GetStatus{other, "", 0});
    const Json listing = parse_json(page.text, "listing");
    for (const Json& task : listing["tasks"]) CHECK(task["cached"] == true);
}

TEST_CASE("a large job arrives in pieces", "[farm]") {
    TestFarm farm(0);
    farm.start();
    GraphMaker maker;
    const std::uint32_t encoded = maker.encode("sh");
    for (int i = 1; i <= 5'000; ++i) maker.sample("sh", i, encoded, {});
    const std::uint64_t job = submit(farm, maker.graph);
    const auto page = farm.client().list(wire::GetStatus{job, "", 5'000});
    CHECK(parse_json(page.text, "listing")["job"]["tasks"]["total"] == 5'001);
}

TEST_CASE("a task that fails once is tried again, one that always fails says why", "[farm]") {
    TestFarm farm;
    farm.start();
    GraphMaker maker;
    const std::string once = (farm.folder() / "once").string();
    maker.shot("good", 1, "crash once=" + once);
    const std::uint32_t encoded = maker.encode("bad");
    maker.sample("bad", 1, encoded, {}, "fail=bad_input");
    const std::uint64_t job = submit(farm, maker.graph);
    const Json head = job_in(farm.finish(job));
    CHECK(head["state"] == "failed");
    CHECK(head["tasks"]["failed"] == 1);
    CHECK(head["tasks"]["done"] == maker.graph.tasks.size() - 1);
    CHECK(head["failed"][0]["task"] == "bad.take01.sample01");
    CHECK(head["failed"][0]["kind"] == "bad_input");
    CHECK(head["failed"][0]["text"] == "as wished");

    const auto logs = farm.client().list(wire::GetLogs{job, "good.take01.sample01"});
    const Json log = parse_json(logs.text, "logs")["logs"];
    REQUIRE(log.size() == 2);
    CHECK_THAT(log[0]["tail"].get<std::string>(), Catch::Contains("about to fall"));
}

TEST_CASE("a cancelled job stops its child and leaves nothing of it", "[farm]") {
    TestFarm farm(1);
    farm.start();
    GraphMaker maker;
    maker.sample("sh", 1, maker.encode("sh"), {}, "deaf slow=60000");
    const std::uint64_t job = submit(farm, maker.graph);
    CHECK_THAT(refusal([&] {
                   farm.client("vera").ask(wire::Cancel{job, ""});
               }),
               Catch::Contains("not_allowed") && Catch::Contains("view"));
    wire::Client watcher = farm.client();
    watcher.watch(job, [&](const wire::JobNews& news) {
        if (job_in(news.text)["tasks"]["running"] != 1) return true;
        if (job_in(news.text)["tasks"]["done"] != 1) return true;
        farm.client().ask(wire::Cancel{job, ""});
        return false;
    });
    CHECK(job_in(farm.finish(job))["state"] == "cancelled");
    const fs::path staging = farm.folder() / "store" / ".staging";
    const auto staged = [&] {
        std::size_t count = 0;
        for (const std::string& owner : names_in(staging))
            count += names_in(staging / owner).size();
        return count;
    };
    for (int i = 0; i < 800 && staged() > 0; ++i) let_time_pass(10);
    CHECK(staged() == 0);

    GraphMaker next;
    next.shot("next", 1);
    CHECK(job_in(farm.finish(submit(farm, next.graph, "next")))["state"] == "done");
}

TEST_CASE("a damaged result is found before it is used, and made again", "[farm]") {
    TestFarm farm(1);
    farm.start();
    GraphMaker maker;
    const std::uint32_t encoded = maker.encode("sh");
    const std::uint32_t first = maker.sample("sh", 1, encoded, {});
    CHECK(job_in(farm.finish(submit(farm, maker.graph)))["state"] == "done");
    const auto before = farm.results();

    const std::string name = maker.graph.tasks[encoded].digest.hex();
    const fs::path file = farm.folder() / "store" / name.substr(0, 2) / name / "result.bin";
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(100).put('!');
    REQUIRE(farm.results() != before);

    maker.sample("sh", 2, encoded, first);
    CHECK(job_in(farm.finish(submit(farm, maker.graph, "more")))["state"] == "done");
    auto after = farm.results();
    for (const auto& [path, digest] : before) CHECK(after[path] == digest);
    CHECK_FALSE(fs::is_empty(farm.folder() / "store" / ".damaged"));
}

TEST_CASE("a result that is lost after it was recorded is made again when it is needed", "[farm]") {
    TestFarm farm(1);
    farm.start();
    GraphMaker maker;
    const std::uint32_t encoded = maker.encode("sh");
    maker.sample("sh", 1, encoded, {}, "slow=1500");
    const std::uint64_t job = submit(farm, maker.graph);
    wire::Client watcher = farm.client();
    // While the encode is done and its sample not yet: pause, lose it, go on.
    farm.client().ask(wire::Pause{job});
    farm.client().ask(wire::Resume{job});
    watcher.watch(
        job, [&](const wire::JobNews& news) { return job_in(news.text)["tasks"]["done"] != 1; });
    CHECK(farm.worker(0).end(SIGTERM) == 0);  // a killed one is let in 15 s later
    const std::string name = maker.graph.tasks[encoded].digest.hex();
    fs::remove_all(farm.folder() / "store" / name.substr(0, 2) / name);
    farm.start_worker(0);
    CHECK(job_in(farm.finish(job))["state"] == "done");
    CHECK(farm.results().size() == 4);
}

TEST_CASE("a full disk delays a night and fails nothing", "[farm]") {
    TestFarm farm(1);
    const fs::path store = farm.folder() / "store";
    fs::create_directories(store);
    if (::mount("tmpfs", store.c_str(), "tmpfs", 0, "size=1m") != 0) {
        skip_case("mounting a tmpfs is not permitted here");
        return;
    }

    struct Unmount {
        fs::path place;

        ~Unmount() { ::umount2(place.c_str(), MNT_DETACH); }
    } const unmount{store};

    std::ofstream(store / ".filler") << std::string(1'000 * 1'024, 'x');
    farm.start();
    GraphMaker maker;
    maker.shot("sh", 2);
    const std::uint64_t job = submit(farm, maker.graph);
    std::string text;
    for (int i = 0; i < 500 && text.find("No space left") == std::string::npos; ++i) {
        let_time_pass(20);
        text = farm.client().list(wire::GetStatus{job, "", 0}).text;
    }
    CHECK_THAT(text, Catch::Contains("No space left") && Catch::Contains(store.string()));
    CHECK(farm.results().empty());
    fs::remove(store / ".filler");
    CHECK(job_in(farm.finish(job))["state"] == "done");
}

TEST_CASE("a worker whose key is not listed is told so and ends", "[farm]") {
    TestFarm farm(0);
    farm.start();
    wire::ensure_key_pair(farm.folder() / "stranger.key");
    WorkerConfig config;
    config.scheduler = farm.address();
    config.keys = wire::read_key_pair(farm.folder() / "stranger.key");
    config.store = farm.folder() / "store";
    fs::create_directories(config.store);
    config.state = farm.folder() / "stranger";
    config.store_free_bytes_min = 0;
    Log log(farm.clock(), nullptr);
    const StopRequest stop;
    CHECK_THAT(refusal([&] { run_worker(config, farm.clock(), log, stop); }),
               Catch::Contains("not_allowed") && Catch::Contains(config.keys.public_key.text()));
}

TEST_CASE(
    "a worker with a person's key ends and says which role it has, and so does a person with "
    "a worker's",
    "[farm]") {
    TestFarm farm(1);
    farm.start_server();
    WorkerConfig config;
    config.scheduler = farm.address();
    config.keys = wire::read_key_pair(farm.folder() / "vera.key");
    config.store = config.state = farm.folder() / "vera";
    fs::create_directories(config.store);
    Log log(farm.clock(), nullptr);
    const StopRequest stop;
    CHECK(refusal([&] { run_worker(config, farm.clock(), log, stop); }) ==
          "not_allowed: vera has the role view, but a worker requires a key with the role worker "
          "(scheduler.allow)");
    CHECK(refusal([&] { farm.client("w0").list(wire::ListJobs{}); }) ==
          "not_allowed: w0 has the role worker, but this command requires a key of a person or "
          "script (scheduler.allow)");
}

TEST_CASE("a worker of another protocol version is refused with both numbers", "[farm]") {
    TestFarm farm(1);
    farm.start_server();
    const Json hello{
        {"protocol", 1}, {"message", "hello"}, {"request", 0}, {"body", {{"session", 1}}}};
    std::string bytes;
    Json::to_cbor(hello, bytes);
    wire::Connection connection(farm.address(), wire::read_key_pair(farm.folder() / "w0.key"));
    std::optional<std::string> answer;
    for (int i = 0; i < 500 && !answer; ++i) {
        connection.send(bytes);
        let_time_pass(10);
        answer = connection.receive();
    }
    REQUIRE(answer);
    const auto message = wire::decode<wire::SchedulerMessage>(*answer).message;
    const auto refused = std::get<wire::Refused>(message);
    CHECK(refused.kind == "not_allowed");
    CHECK_THAT(refused.text, Catch::Contains("version 1") && Catch::Contains("2 here"));
}

TEST_CASE("two workers cannot share a state folder", "[farm]") {
    TestFarm farm(1);
    farm.start();
    for (int i = 0; i < 500 && !fs::exists(farm.folder() / "w0" / "lock"); ++i) let_time_pass(10);
    WorkerConfig config;
    config.scheduler = farm.address();
    config.keys = wire::read_key_pair(farm.folder() / "w0.key");
    config.store = farm.folder() / "store";
    fs::create_directories(config.store);
    config.state = farm.folder() / "w0";
    Log log(farm.clock(), nullptr);
    const StopRequest stop;
    CHECK_THAT(refusal([&] { run_worker(config, farm.clock(), log, stop); }),
               Catch::Contains("usage") && Catch::Contains("another worker"));
}

TEST_CASE("closing the farm ends its workers", "[farm]") {
    TestFarm farm(1);
    farm.start();
    GraphMaker maker;
    maker.shot("sh", 1);
    CHECK(job_in(farm.finish(submit(farm, maker.graph)))["state"] == "done");
    farm.client().ask(wire::CloseFarm{});
    CHECK(farm.server().end(0) == 0);
    CHECK(farm.worker(0).end(0) == 0);
}

TEST_CASE("a worker gives its task back when it is stopped", "[farm]") {
    TestFarm farm;
    farm.start_server();
    farm.start_worker(0);
    GraphMaker maker;
    maker.sample("sh", 1, maker.encode("sh"), {}, "slow=1000");
    const std::uint64_t job = submit(farm, maker.graph);
    wire::Client watcher = farm.client();
    watcher.watch(job, [&](const wire::JobNews& news) {
        const Json head = job_in(news.text);
        return !(head["tasks"]["done"] == 1 && head["tasks"]["running"] == 1);
    });
    CHECK(farm.worker(0).end(SIGTERM) == 0);
    const auto page = farm.client().list(wire::GetStatus{job, "sh.take01.sample01", 0});
    CHECK(parse_json(page.text, "listing")["tasks"][0]["state"] == "waiting");
    farm.start_worker(1);
    CHECK(job_in(farm.finish(job))["state"] == "done");
}

}  // namespace nightreel
