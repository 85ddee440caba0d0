#include "pipeline/plan/plan_night.h"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "pipeline/plan/plan_report.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

const PlanOptions options{.output_path = "/out", .versions = {}};

std::vector<std::string> names_of(const NightPlan& plan) {
    std::vector<std::string> found;
    for (const PlannedTask& task : plan.graph.tasks) found.push_back(task.name);
    return found;
}

const PlannedTask& task_of(const NightPlan& plan, const std::string& name) {
    for (const PlannedTask& task : plan.graph.tasks) {
        if (task.name == name) return task;
    }
    throw Error(ErrorKind::internal, "no task " + name);
}

}  // namespace

TEST_CASE("a shot is one encode and, for each take, a chain with its frames and folder", "[plan]") {
    const NightPlan plan = plan_night(night_of({shot_of("sh1", 29, 2)}), options);
    CHECK(names_of(plan) == std::vector<std::string>{"sh1.encode",
                                                     "sh1.take01.sample01",
                                                     "sh1.take01.sample02",
                                                     "sh1.take01.decode",
                                                     "sh1.take01.measure",
                                                     "sh1.take01.proxy",
                                                     "sh1.take01.publish",
                                                     "sh1.take02.sample01",
                                                     "sh1.take02.sample02",
                                                     "sh1.take02.decode",
                                                     "sh1.take02.measure",
                                                     "sh1.take02.proxy",
                                                     "sh1.take02.publish",
                                                     "dailies"});
    const auto& publish = std::get<PublishOrder>(task_of(plan, "sh1.take02.publish").order);
    CHECK(publish.folder == "aurora/sq010/sh1/v001/take02");
    CHECK(publish.base_name == "aurora_sh1_gen_v001_t02");
    CHECK(publish.joints == std::vector<std::int64_t>{1018});
}

TEST_CASE("a task needs exactly the tasks whose results its order reads", "[plan]") {
    const NightPlan plan =
        plan_night(night_of({shot_of("sh1", 61, 2), shot_of("sh2", 5)}), options);
    for (std::size_t index = 0; index < plan.graph.tasks.size(); ++index) {
        const PlannedTask& task = plan.graph.tasks[index];
        CAPTURE(task.name);
        std::set<Digest> needed;
        for (const std::uint32_t need : task.needs) {
            REQUIRE(need < index);
            needed.insert(plan.graph.tasks[need].digest);
        }
        const std::vector<Digest> inputs = inputs_of(task.order);
        CHECK(needed == std::set<Digest>(inputs.begin(), inputs.end()));
        CHECK(task.digest == digest_of(task.order));
    }
}

TEST_CASE("dailies stand after every publish task, and need none of them", "[plan]") {
    const NightPlan plan =
        plan_night(night_of({shot_of("sh1", 17, 2), shot_of("sh2", 17)}), options);
    const PlannedTask& dailies = plan.graph.tasks.back();
    CHECK(dailies.name == dailies_task);
    CHECK(dailies.needs.empty());
    std::vector<std::string> after;
    for (const std::uint32_t index : dailies.after) after.push_back(plan.graph.tasks[index].name);
    CHECK(after == std::vector<std::string>{
                       "sh1.take01.publish", "sh1.take02.publish", "sh2.take01.publish"});
    const auto& order = std::get<DailiesOrder>(dailies.order);
    CHECK(order.folder == "aurora/dailies");
    CHECK(order.root == takes_root);
    for (const PlannedTask& task : plan.graph.tasks) {
        if (&task != &dailies) CHECK(task.after.empty());
    }
}

TEST_CASE("no shot has the name of the dailies task", "[plan]") {
    CHECK_THROWS_WITH(plan_night(night_of({shot_of("dailies", 17)}), options),
                      Catch::Contains("dailies"));
}

TEST_CASE("separate clips do not wait for each other, and are decoded apart", "[plan]") {
    ResolvedShot shot = shot_of("sh1", 61);
    CHECK_FALSE(std::get<DecodeOrder>(
                    task_of(plan_night(night_of({shot}), options), "sh1.take01.decode").order)
                    .clips);
    shot.overlap_latents = 0;
    shot.cut = true;
    const NightPlan plan = plan_night(night_of({shot}), options);
    CHECK(std::get<DecodeOrder>(task_of(plan, "sh1.take01.decode").order).clips == true);
    CHECK(std::get<MeasureOrder>(task_of(plan, "sh1.take01.measure").order).joints.empty());
    CHECK(task_of(plan, "sh1.take01.sample02").needs == std::vector<std::uint32_t>{0});
}

TEST_CASE("work that two shots share stands once", "[plan]") {
    ResolvedShot first = shot_of("sh1", 17);
    ResolvedShot second = shot_of("sh2", 17);
    second.prompt = first.prompt;
    const NightPlan plan = plan_night(night_of({first, second}), options);
    CHECK(plan.graph.tasks.size() == 12);
    CHECK(task_of(plan, "sh2.take01.sample01").needs == std::vector<std::uint32_t>{0});
}

TEST_CASE("a take is another one for its noise alone", "[plan]") {
    const NightPlan plan = plan_night(night_of({shot_of("sh1", 17, 2)}), options);
    CHECK(task_of(plan, "sh1.take01.sample01").digest !=
          task_of(plan, "sh1.take02.sample01").digest);
}

TEST_CASE("a take with a seed of its own is sampled with it and says so", "[plan]") {
    ResolvedShot shot = shot_of("sh1", 29, 2);
    shot.take_seeds = {11, 12};
    const NightPlan plan = plan_night(night_of({shot}), options);
    for (const std::uint64_t take : {1U, 2U}) {
        const std::string prefix = "sh1.take0" + std::to_string(take) + ".";
        CAPTURE(prefix);
        for (const char* sample : {"sample01", "sample02"}) {
            CHECK(std::get<SampleOrder>(task_of(plan, prefix + sample).order).seed == 10 + take);
        }
        CHECK(std::get<ProxyOrder>(task_of(plan, prefix + "proxy").order).take.seed == 10 + take);
        CHECK(std::get<PublishOrder>(task_of(plan, prefix + "publish").order).take.seed ==
              10 + take);
    }
}

TEST_CASE("another seed for one take leaves the frames of the others", "[plan]") {
    ResolvedShot shot = shot_of("sh1", 29, 3);
    shot.take_seeds = {7, 8, 9};
    const NightPlan before = plan_night(night_of({shot}), options);
    shot.take_seeds[1] = 10;
    const NightPlan after = plan_night(night_of({shot}), options);
    CHECK(task_of(before, "sh1.encode").digest == task_of(after, "sh1.encode").digest);
    for (const char* take : {"sh1.take01.", "sh1.take02.", "sh1.take03."}) {
        for (const char* work : {"sample01", "sample02", "decode", "measure"}) {
            const std::string name = std::string(take) + work;
            CAPTURE(name);
            const bool is_same = task_of(before, name).digest == task_of(after, name).digest;
            CHECK(is_same == !name.starts_with("sh1.take02."));
        }
    }
}

TEST_CASE("takes of one seed are one sampling, published as often as it is listed", "[plan]") {
    ResolvedShot shot = shot_of("sh1", 29, 2);
    shot.take_seeds = {7, 7};
    const NightPlan plan = plan_night(night_of({shot}), options);
    CHECK(std::ranges::count_if(plan.graph.tasks, [](const PlannedTask& task) {
              return kind_of(task.order) == TaskKind::sample;
          }) == 2);
    const auto pieces_of = [&](const char* name) {
        return std::get<PublishOrder>(task_of(plan, name).order).pieces;
    };
    CHECK(pieces_of("sh1.take01.publish")[1].latents == pieces_of("sh1.take02.publish")[1].latents);
}

TEST_CASE("adding takes, shots or frames leaves the digests of finished segments", "[plan]") {
    const NightPlan before = plan_night(night_of({shot_of("sh1", 61)}), options);
    const NightPlan after =
        plan_night(night_of({shot_of("sh0", 17), shot_of("sh1", 73, 3)}), options);
    for (const char* name : {"sh1.encode", "sh1.take01.sample01", "sh1.take01.sample02"}) {
        CAPTURE(name);
        CHECK(task_of(before, name).digest == task_of(after, name).digest);
    }
    CHECK(task_of(before, "sh1.take01.decode").digest !=
          task_of(after, "sh1.take01.decode").digest);
}

TEST_CASE("where things lie changes no digest but the folder's own", "[plan]") {
    ResolvedNight night = night_of({shot_of("sh1", 29)});
    const NightPlan here = plan_night(night, options);
    night.models[0].folder = "/elsewhere";
    const NightPlan moved = plan_night(night, {.output_path = "/other", .versions = {}});
    for (std::size_t index = 0; index < here.graph.tasks.size(); ++index) {
        CHECK(here.graph.tasks[index].digest == moved.graph.tasks[index].digest);
    }
    const NightPlan there = plan_night(night, {.output_path = "/other", .versions = {{"sh1", 4}}});
    for (std::size_t index = 0; index < here.graph.tasks.size(); ++index) {
        const PlannedTask& task = here.graph.tasks[index];
        CAPTURE(task.name);
        const bool names_the_version =
            kind_of(task.order) == TaskKind::proxy || kind_of(task.order) == TaskKind::publish;
        CHECK((task.digest == there.graph.tasks[index].digest) == !names_the_version);
    }
    CHECK(there.shots[0].version == 4);
}

TEST_CASE("takes of a version share their spec, another shot or model has another", "[plan]") {
    const auto spec_of = [](const NightPlan& plan, const std::string& task) {
        return std::get<PublishOrder>(task_of(plan, task).order).take.spec;
    };
    ResolvedNight night = night_of({shot_of("sh1", 17, 2), shot_of("sh2", 17)});
    const NightPlan plan = plan_night(night, options);
    const Digest spec = spec_of(plan, "sh1.take01.publish");
    CHECK(spec == spec_of(plan, "sh1.take02.publish"));
    CHECK(spec != spec_of(plan, "sh2.take01.publish"));
    night.shots[0].takes = 3;
    CHECK(spec == spec_of(plan_night(night, options), "sh1.take03.publish"));
    night.models[0].digest = digest_of("other weights");
    CHECK(spec != spec_of(plan_night(night, options), "sh1.take01.publish"));
}

TEST_CASE("how much is read of a long prompt stands in the record's order and in no digest",
          "[plan]") {
    ResolvedNight night = night_of({shot_of("sh1", 17)});
    const NightPlan before = plan_night(night, options);
    night.shots[0].prompt_cut = {1612, 512};
    night.shots[0].negative_prompt_cut = {600, 512};
    const NightPlan after = plan_night(night, options);
    const auto& publish = std::get<PublishOrder>(task_of(after, "sh1.take01.publish").order);
    CHECK(publish.prompt_cut == PromptCut{1612, 512});
    CHECK(publish.negative_prompt_cut == PromptCut{600, 512});
    REQUIRE(names_of(after) == names_of(before));
    for (std::size_t index = 0; index < after.graph.tasks.size(); ++index) {
        CHECK(after.graph.tasks[index].digest == before.graph.tasks[index].digest);
    }
}

TEST_CASE("sums are the sums of the tasks", "[plan]") {
    const NightPlan plan =
        plan_night(night_of({shot_of("sh1", 61, 2), shot_of("sh2", 17)}), options);
    double seconds = 0;
    std::int64_t bytes = 0;
    for (const PlannedTask& task : plan.graph.tasks) {
        CHECK(task.cost.seconds > 0);
        CHECK(task.cost.memory_bytes > 0);
        CHECK(task.cost.disk_bytes > 0);
        seconds += task.cost.seconds;
        bytes += task.cost.disk_bytes;
    }
    CHECK(plan.totals.seconds == Approx(seconds));
    CHECK(plan.totals.disk_bytes == bytes);
    CHECK(plan.totals.tasks == std::ssize(plan.graph.tasks));
    CHECK(plan.totals.frames == 2 * 61 + 17);
    CHECK(plan.totals.takes == 3);
    CHECK(plan.totals.chain_seconds < plan.totals.seconds);
    CHECK(plan.totals.chain_seconds > plan.shots[1].seconds / 2);
}

TEST_CASE("two takes that would be written to one folder are refused", "[plan]") {
    ResolvedShot shot = shot_of("sh1", 17, 2);
    shot.output = "{show}/{shot}/v{version:03}";
    CHECK_THROWS_WITH(
        plan_night(night_of({shot}), options),
        Catch::Contains("sh1.take01.publish") && Catch::Contains("sh1.take02.publish"));
}

TEST_CASE("a refusal names the shot", "[plan]") {
    ResolvedShot shot = shot_of("sh7", 17);
    shot.model = "absent";
    CHECK_THROWS_WITH(plan_night(night_of({shot}), options),
                      Catch::Contains("shot sh7: model absent"));
    CHECK_THROWS_WITH(plan_night(night_of({shot_of("sh1", 5), shot_of("sh1", 5)}), options),
                      Catch::Contains("shot sh1: duplicate shot name"));
}

TEST_CASE("the table has a row for each shot and one with the sums", "[plan]") {
    const std::string table =
        plan_table(plan_night(night_of({shot_of("sh1", 61, 2), shot_of("sh2", 17)}), options));
    CHECK_THAT(table, Catch::Contains("sh1"));
    CHECK_THAT(table, Catch::Contains("1001-1061"));
    CHECK_THAT(table, Catch::Contains("5 x 5, overlap 2"));
    CHECK_THAT(table, Catch::Contains("139 frames"));
    CHECK_THAT(table, Catch::Contains("/sh1/v001/take01 ...\n"));
    CHECK_THAT(table, Catch::Contains("/sh2/v001/take01\n"));
    CHECK_THAT(table, Catch::Contains("output: " + options.output_path + "\n"));
    CHECK_THAT(table, !Catch::Contains(" \n"));
}

TEST_CASE("the JSON of a plan names what each task needs", "[plan]") {
    const NightPlan plan = plan_night(night_of({shot_of("sh1", 29)}), options);
    const Json json = parse_json(plan_json(plan), "plan");
    CHECK(json["format"] == 1);
    CHECK(json["totals"]["frames"] == 29);
    CHECK(json["shots"][0]["segments"]["segments"].size() == 2);
    CHECK(json["output"] == options.output_path);
    CHECK(json["shots"][0]["folder"].get<std::string>().ends_with("/sh1/v001/take01"));
    CHECK(json["tasks"][2]["needs"] == Json({"sh1.encode", "sh1.take01.sample01"}));
    CHECK(json["tasks"][2]["kind"] == "sample");
}

}  // namespace nightreel
