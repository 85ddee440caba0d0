#include "scheduler/server/submissions.h"

#include <catch2/catch.hpp>

#include "pipeline/plan/task_order.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr Millis today{1'000};

wire::SubmittedTask task_of(const std::string& name,
                            const TaskOrder& order,
                            std::vector<std::uint32_t> needs = {}) {
    return {name, digest_of(order), to_json_text(order), std::move(needs), 2.0, 1'000};
}

TaskOrder encode_order() {
    EncodeOrder order;
    order.model.name = "toybox";
    order.prompts = {"a star"};
    return order;
}

TaskOrder sample_order() {
    SampleOrder order;
    order.model.name = "toybox";
    order.encoded = digest_of(encode_order());
    return order;
}

std::vector<wire::SubmittedTask> good_tasks() {
    return {task_of("sh.encode", encode_order()), task_of("sh.sample01", sample_order(), {0})};
}

// A farm's side of a submission: what has arrived is with it.
struct Arrival {
    Arrival() {
        config.policy.tasks_per_job_max = 100;
        config.roots["out"] = "/farm/out";
        config.roots["/mnt/second"] = "/mnt/second";
    }

    void begin(const std::string& who, const wire::SubmitBegin& request, Millis now = today) {
        submissions.check(who, request);
        submissions.begin(who, request, JobId{++last_job}, now);
    }

    std::size_t add(const std::string& who, const wire::SubmitTasks& request, Millis now = today) {
        ArrivedPiece piece = submissions.check_piece(who, request, arrived, now);
        for (TaskSpec& task : piece.tasks) arrived.push_back(std::move(task));
        for (std::string& order : piece.orders) orders.push_back(std::move(order));
        return arrived.size();
    }

    ServerConfig config;
    Submissions submissions{config};
    std::vector<TaskSpec> arrived;
    std::vector<std::string> orders;
    std::uint64_t last_job = 0;
};

// Why a job of these tasks is refused; empty when it is not.
std::string refusal(const std::vector<wire::SubmittedTask>& tasks) {
    Arrival arrival;
    arrival.begin("ada", {"key", "title", 0, tasks.size()});
    try {
        arrival.add("ada", {"key", 0, tasks});
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bad_input);
        return error.what();
    }
    return {};
}

PublishOrder publish_order(const std::string& root, const std::string& folder) {
    PublishOrder order;
    order.root = root;
    order.folder = folder;
    order.base_name = "sh_v001";
    order.frames_artifact = digest_of(encode_order());
    order.proxy_artifact = order.frames_artifact;
    order.metrics_artifact = order.frames_artifact;
    return order;
}

std::string refusal_to_publish(const PublishOrder& order) {
    return refusal({task_of("sh.encode", encode_order()), task_of("sh.publish", order, {0})});
}

}  // namespace

TEST_CASE("a job that arrives in pieces, some of them twice, arrives once", "[server]") {
    Arrival arrival;
    const auto tasks = good_tasks();
    arrival.begin("ada", {"key", "title", 7, 2});
    CHECK(arrival.submissions.job_of("ada", "key") == JobId{1});
    CHECK(arrival.add("ada", {"key", 0, {tasks[0]}}) == 1);
    CHECK(arrival.add("ada", {"key", 0, {tasks[0]}}) == 1);
    CHECK(arrival.add("ada", {"key", 0, tasks}) == 2);
    CHECK(arrival.submissions.end("ada", {"key"}) == JobId{1});
    CHECK(arrival.arrived[0].kind == TaskKind::encode);
    CHECK(arrival.arrived[1].kind == TaskKind::sample);
    CHECK(arrival.arrived[1].model == "toybox");
    CHECK(arrival.arrived[1].needs == std::vector<TaskIndex>{0});
    CHECK(digest_of(task_order_from_json(arrival.orders[1])) == arrival.arrived[1].digest);
    CHECK_THROWS_WITH(arrival.submissions.end("ada", {"key"}), Catch::Contains("submit again"));
}

TEST_CASE("an order that would write outside the output root is refused on arrival", "[server]") {
    CHECK(refusal_to_publish(publish_order("out", "show/sh/v001/take01")).empty());
    CHECK(refusal_to_publish(publish_order("/mnt/second", "show/sh/v001/take01")).empty());
    CHECK_THAT(refusal_to_publish(publish_order("elsewhere", "show")),
               Catch::Contains("elsewhere") && Catch::Contains("/mnt/second, /farm/out"));
    for (const char* folder : {"../../escaped/take01", "show/../../x", "/etc", "", "."}) {
        CHECK_THAT(refusal_to_publish(publish_order("out", folder)),
                   Catch::Contains("outside the output roots of this farm (/mnt/second, "));
    }
    PublishOrder order = publish_order("out", "show");
    for (const char* folder : {"/etc", "../dailies", ""}) {
        const DailiesOrder dailies{.folder = folder};
        CHECK_THAT(refusal({task_of("dailies", dailies)}),
                   Catch::Contains("outside the output root"));
    }
    CHECK_THAT(refusal({task_of("dailies", DailiesOrder{.root = "home", .folder = "s/dailies"})}),
               Catch::Contains("not an output root of this farm"));
    order.base_name = "../name";
    CHECK_THAT(refusal_to_publish(order), Catch::Contains("in another folder"));
}

TEST_CASE("the text of a night arrives in pieces, some of them twice, and in bounds", "[server]") {
    Arrival arrival;
    arrival.begin("ada", {"key", "title", 7, 2});
    Submissions& submissions = arrival.submissions;
    const wire::SubmitNight first{"key", 0, {{"night.yaml", "show: a\n"}, {"b.yaml", "one"}}};
    CHECK(submissions.check_night("ada", first, today).size() == 2);
    CHECK(submissions.check_night("ada", first, today).empty());
    const auto more =
        submissions.check_night("ada", {"key", 1, {first.pieces[1], {"b.yaml", "two"}}}, today);
    REQUIRE(more.size() == 1);
    CHECK(more[0].text == "two");
    CHECK(submissions.night_pieces("ada", "key") == 3);
    const auto refused = [&](std::uint64_t at, std::vector<NightFile> pieces) {
        CHECK_THROWS_AS(submissions.check_night("ada", {"key", at, std::move(pieces)}, today),
                        Error);
    };
    refused(4, {{"c.yaml", "behind a gap"}});
    refused(3, {{"", "no name"}});
    refused(3, {{"c.yaml", "\xFF"}});
    refused(3, {{"c.yaml", std::string(wire::night_piece_bytes_max + 1, ' ')}});
    std::uint64_t number = 3;
    const NightFile large{"c.yaml", std::string(wire::night_piece_bytes_max, ' ')};
    for (std::size_t bytes = large.text.size(); bytes < wire::night_bytes_max;
         bytes += large.text.size()) {
        submissions.check_night("ada", {"key", number++, {large}}, today);
    }
    CHECK_THROWS_WITH(submissions.check_night("ada", {"key", number, {large}}, today),
                      Catch::Contains("split"));
}

TEST_CASE("a task that could not be rendered is refused on arrival, by name", "[server]") {
    CHECK(refusal(good_tasks()).empty());

    auto tasks = good_tasks();
    tasks[1].digest = digest_of("something else");
    CHECK_THAT(refusal(tasks), Catch::Contains("sh.sample01") && Catch::Contains("digest"));

    tasks = good_tasks();
    tasks[1].needs = {};
    CHECK_THAT(refusal(tasks), Catch::Contains("which none of its dependencies makes"));

    tasks = good_tasks();
    tasks[1].needs = {1};
    CHECK_THAT(refusal(tasks), Catch::Contains("does not come before it"));

    tasks = good_tasks();
    tasks[1].needs = {0, 0};
    CHECK_THAT(refusal(tasks), Catch::Contains("twice"));

    tasks = good_tasks();
    tasks[1].order = "{}";
    CHECK_THAT(refusal(tasks), Catch::Contains("sh.sample01"));

    tasks = good_tasks();
    tasks[1].order.append(Submissions::order_bytes_max, ' ');
    CHECK_THAT(refusal(tasks), Catch::Contains("the limit is"));

    tasks = good_tasks();
    tasks[1].name.clear();
    CHECK_THAT(refusal(tasks), Catch::Contains("invalid name"));
}

TEST_CASE("a task with very many dependencies is checked in good time or refused", "[server]") {
    auto tasks = good_tasks();
    tasks[1].needs.assign(Submissions::needs_max + 1, 0);
    CHECK_THAT(refusal(tasks), Catch::Contains("too many dependencies"));
    tasks[1] = good_tasks()[1];
    tasks[1].name = "sh\x1b[2J";
    CHECK_THAT(refusal(tasks), Catch::Contains("control characters"));
}

TEST_CASE("what cannot be a job is refused before it is announced", "[server]") {
    Arrival arrival;
    const auto tasks = good_tasks();
    CHECK_THROWS_WITH(arrival.begin("ada", {"key", "", 0, 101}), Catch::Contains("101"));
    CHECK_THROWS_WITH(arrival.begin("ada", {"key", "", 0, 0}), Catch::Contains("1 to"));
    CHECK_THROWS_WITH(arrival.begin("ada", {"", "", 0, 1}), Catch::Contains("submission key"));
    arrival.begin("ada", {"key", "", 0, 2});
    CHECK_THROWS_WITH(arrival.add("ada", {"key", 1, tasks}), Catch::Contains("arrived"));
}

TEST_CASE("submissions of two people do not mix, and one cannot take all places", "[server]") {
    Arrival arrival;
    arrival.config.limits.submissions = 3;
    arrival.begin("ada", {"key", "", 0, 2});
    CHECK_THROWS_AS(arrival.add("bob", {"key", 0, good_tasks()}), Error);

    for (std::size_t i = 1; i < arrival.config.limits.submissions; ++i) {
        arrival.begin("ada", {"key" + std::to_string(i), "", 0, 2});
    }
    CHECK_THROWS_WITH(arrival.begin("ada", {"late", "", 0, 2}), Catch::Contains("try again"));
    CHECK_NOTHROW(arrival.begin("ada", {"key", "", 0, 2}));  // the same again is no further one
    CHECK_NOTHROW(arrival.begin("bob", {"key", "", 0, 2}));
    const Millis later = today + Submissions::idle_max + Millis{1};
    const std::size_t forgotten = arrival.submissions.forget_idle(later).size();
    CHECK(forgotten == arrival.config.limits.submissions + 1);
    CHECK_NOTHROW(arrival.begin("ada", {"late", "", 0, 2}, later));
    CHECK_THROWS_AS(arrival.add("ada", {"key", 0, good_tasks()}, later), Error);
}

}  // namespace nightreel
