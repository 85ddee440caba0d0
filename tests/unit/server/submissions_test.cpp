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

// Why a job of these tasks is refused; empty when it is not.
std::string refusal(const std::vector<wire::SubmittedTask>& tasks) {
    Submissions submissions(100);
    submissions.begin("ada", {"key", "title", 0, tasks.size()}, today);
    try {
        submissions.add("ada", {"key", 0, tasks}, today);
        submissions.end("ada", {"key"});
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bad_input);
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a job that arrives in pieces, some of them twice, arrives once", "[server]") {
    Submissions submissions(100);
    const auto tasks = good_tasks();
    submissions.begin("ada", {"key", "title", 7, 2}, today);
    CHECK(submissions.add("ada", {"key", 0, {tasks[0]}}, today) == 1);
    CHECK(submissions.add("ada", {"key", 0, {tasks[0]}}, today) == 1);
    CHECK(submissions.add("ada", {"key", 0, tasks}, today) == 2);
    const ArrivedJob job = submissions.end("ada", {"key"});
    CHECK(job.command.submission == "key");
    CHECK(job.command.submitter == "ada");
    CHECK(job.command.priority == 7);
    REQUIRE(job.command.tasks.size() == 2);
    CHECK(job.command.tasks[0].kind == TaskKind::encode);
    CHECK(job.command.tasks[1].kind == TaskKind::sample);
    CHECK(job.command.tasks[1].model == "toybox");
    CHECK(job.command.tasks[1].needs == std::vector<TaskIndex>{0});
    CHECK(digest_of(task_order_from_json(job.orders[1])) == job.command.tasks[1].digest);
    CHECK_THROWS_WITH(submissions.end("ada", {"key"}), Catch::Contains("submit again"));
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

TEST_CASE("announced and arrived must agree", "[server]") {
    Submissions submissions(100);
    const auto tasks = good_tasks();
    CHECK_THROWS_WITH(submissions.begin("ada", {"key", "", 0, 101}, today), Catch::Contains("101"));
    CHECK_THROWS_WITH(submissions.begin("ada", {"key", "", 0, 0}, today), Catch::Contains("1 to"));

    submissions.begin("ada", {"key", "", 0, 2}, today);
    CHECK_THROWS_WITH(submissions.add("ada", {"key", 1, tasks}, today), Catch::Contains("arrived"));
    submissions.add("ada", {"key", 0, {tasks[0]}}, today);
    CHECK_THROWS_WITH(submissions.end("ada", {"key"}), Catch::Contains("1 arrived"));

    submissions.begin("ada", {"key", "", 0, 1}, today);
    CHECK_THROWS_WITH(submissions.add("ada", {"key", 0, tasks}, today),
                      Catch::Contains("exceeds the announced number"));
}

TEST_CASE("submissions of two people do not mix, and idle ones are forgotten", "[server]") {
    Submissions submissions(100);
    submissions.begin("ada", {"key", "", 0, 2}, today);
    CHECK_THROWS_AS(submissions.add("bob", {"key", 0, good_tasks()}, today), Error);

    for (std::size_t i = 1; i < Submissions::pending_max; ++i) {
        submissions.begin("ada", {"key" + std::to_string(i), "", 0, 2}, today);
    }
    CHECK_THROWS_WITH(submissions.begin("ada", {"late", "", 0, 2}, today),
                      Catch::Contains("try again"));
    const Millis later = today + Submissions::idle_max + Millis{1};
    submissions.begin("ada", {"late", "", 0, 2}, later);
    CHECK_THROWS_AS(submissions.add("ada", {"key", 0, good_tasks()}, later), Error);
}

}  // namespace nightreel
