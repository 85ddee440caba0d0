#include "pipeline/plan/task_order.h"

#include <catch2/catch.hpp>

#include "pipeline/plan/plan_night.h"
#include "pipeline/plan/task_request.h"
#include "shotspec/base/error.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

TaskGraph graph_of_all_kinds() {
    ResolvedShot shot = shot_of("sh1", 29);
    shot.references = {{"mira", "/refs/mira.png", digest_of("mira")}};
    shot.loras = {{{"/loras/ink.safetensors", digest_of("ink"), 0.8, 0.4}, {1, 0.5}}};
    return plan_night(night_of({shot}), {.output_path = "/out", .versions = {}}).graph;
}

}  // namespace

TEST_CASE("an order of every kind that is written and read keeps its digest", "[plan]") {
    for (const PlannedTask& task : graph_of_all_kinds().tasks) {
        CAPTURE(task.name);
        const TaskOrder again = task_order_from_json(to_json_text(task.order));
        CHECK(digest_of(again) == task.digest);
        CHECK(to_json_text(again) == to_json_text(task.order));
    }
}

TEST_CASE("an encode task is named by how its pictures are read, if not as they are stored",
          "[plan]") {
    EncodeOrder order;
    order.references = {{"mira", "/refs/mira.png", digest_of("mira")}};
    order.keys = {{KeyPlace::start, "/keys/open.png", digest_of("open")}};
    const Digest plain = digest_of(TaskOrder(order));
    order.references[0].size = {96, 64};
    CHECK(digest_of(TaskOrder(order)) == plain);
    order.references[0].reading = PictureReading{.ground = PictureGround::white};
    const Digest on_white = digest_of(TaskOrder(order));
    CHECK(on_white != plain);
    order.references[0].reading = {};
    order.keys[0].reading = PictureReading{.orientation = 6};
    const Digest turned = digest_of(TaskOrder(order));
    CHECK(turned != plain);
    CHECK(turned != on_white);
    const TaskOrder again = task_order_from_json(to_json_text(TaskOrder(order)));
    CHECK(digest_of(again) == turned);
    CHECK(std::get<EncodeOrder>(again).keys.at(0).reading == order.keys[0].reading);
}

TEST_CASE("a device class ties what a model makes to it, and leaves no trace where none is asked",
          "[plan]") {
    ResolvedShot shot = shot_of("sh1", 29);
    shot.reproducible_strict = true;
    const auto tasks_of = [&] {
        return plan_night(night_of({shot}), {.output_path = "/out", .versions = {}}).graph.tasks;
    };
    const std::vector<PlannedTask> free = tasks_of();
    shot.device_class = "cpu a avx2 threads=1";
    const std::vector<PlannedTask> here = tasks_of();
    shot.device_class = "cpu b avx512 threads=1";
    const std::vector<PlannedTask> there = tasks_of();
    for (std::size_t index = 0; index < free.size(); ++index) {
        if (kind_of(free[index].order) == TaskKind::dailies) continue;
        CAPTURE(free[index].name);
        CHECK(free[index].digest != here[index].digest);
        CHECK(here[index].digest != there[index].digest);
        CHECK_FALSE(device_class_of(free[index].order));
        const bool has_model = kind_of(free[index].order) <= TaskKind::decode;
        CHECK((device_class_of(here[index].order) == "cpu a avx2 threads=1") == has_model);
        const TaskOrder again = task_order_from_json(to_json_text(here[index].order));
        CHECK(digest_of(again) == here[index].digest);
    }
}

TEST_CASE("a request that is written and read is the same", "[plan]") {
    for (const PlannedTask& task : graph_of_all_kinds().tasks) {
        TaskRequest request{
            .order = task.order,
            .inputs = {{digest_of("a"),
                        "/cache/a",
                        {{.kind = "encode",
                          .digest = digest_of("a"),
                          .made_by = TaskMaker{"w1", "host", "cpu", "then", "1"}}}}},
            .staging = "/staging/1",
            .model_roots = {"/models"},
            .device = "cuda:0",
            .threads = 4,
            .lean = true,
            .roots = {{"out", "/takes"}},
            .worker = "w2",
            .job = JobFacts{7, "key", "ana", "2026-11-21T03:04:05.678Z", 42},
            .outcomes = {{"sh1.take01", "", "cancelled"}},
            .night = {{"night.yaml", "show: aurora\r\n"}}};
        const std::string text = to_json_text(request);
        CHECK(to_json_text(task_request_from_json(text)) == text);
    }
}

TEST_CASE("a line of the child is one of progress, result and failure", "[plan]") {
    ChildLine line;
    line.failure = TaskFailure{"corrupt", "latents: bytes changed", {digest_of("x")}};
    const ChildLine again = child_line_from_json(to_json_text(line));
    REQUIRE(again.failure.has_value());
    CHECK(again.failure->lost == line.failure->lost);
    CHECK_FALSE(again.progress.has_value());
    CHECK_FALSE(again.result.has_value());
}

TEST_CASE("text that is no order is refused, never misread", "[plan]") {
    for (const char* wrong : {"",
                              "{}",
                              "[1]",
                              R"({"kind":"paint","order":{}})",
                              R"({"kind":"sample","order":3})",
                              R"({"kind":"sample","order":{"segment":"one"}})"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(task_order_from_json(wrong), Error);
    }
}

}  // namespace nightreel
