// Takes that are ranked, and rounds of takes that are made only where they are needed.
#include <filesystem>

#include <catch2/catch.hpp>

#include "pipeline/takes/publish.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/tasks/workshop.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

ResolvedNight ranked_night(std::int32_t count, std::optional<std::int32_t> at_most) {
    ResolvedNight night = small_night(17);
    night.shots[0].takes = count;
    night.shots[0].keep = 1;
    night.shots[0].at_most = at_most;
    night.shots[0].sampling.steps = 1;
    return night;
}

Json facts_of(const TaskResult& result) {
    return parse_json(result.facts, "facts");
}

// Every task but the dailies, as a worker would run them; the outcomes that the dailies are told.
std::vector<TakeOutcome> run_night(Workshop& shop, Engines& engines) {
    std::vector<TakeOutcome> outcomes;
    for (const PlannedTask& task : shop.plan().graph.tasks) {
        if (kind_of(task.order) == TaskKind::dailies) continue;
        TestObserver observer;
        const TaskResult result = shop.run(task.name, engines, observer);
        const Json facts = facts_of(result);
        if (result.commit) commit_take(result.commit->front());
        if (facts.contains("ranking")) {
            outcomes.push_back({task.name, "", "", facts["ranking"].dump()});
        } else if (kind_of(task.order) == TaskKind::publish && facts.contains("folder")) {
            outcomes.push_back({task.name.substr(0, task.name.rfind('.')),
                                facts["folder"].get<std::string>(),
                                ""});
        }
    }
    return outcomes;
}

fs::path write_dailies_of(Workshop& shop, Engines& engines, std::vector<TakeOutcome> outcomes) {
    TaskRequest request = shop.request_for("dailies");
    request.job = JobFacts{7, "key", "ana", "2026-11-21T23:04:05.678Z", 42, 1800.0};
    request.outcomes = std::move(outcomes);
    fs::remove_all(request.staging);
    fs::create_directories(request.staging);
    TestObserver observer;
    const Json facts = facts_of(run_task(request, engines, observer, SystemClock()));
    return fs::path(shop.plan().roots.at("out")) / facts["folder"].get<std::string>();
}

}  // namespace

TEST_CASE("the best take is shown, the other is an alternate, and both are published", "[engine]") {
    Workshop shop(ranked_night(2, {}));
    Engines engines;
    const std::vector<TakeOutcome> outcomes = run_night(shop, engines);
    REQUIRE(outcomes.size() == 3);
    const fs::path folder = write_dailies_of(shop, engines, outcomes);
    const Json ranking =
        parse_json(read_file(shop.folder_of("sq010_sh0010.rank") / "ranking.json"), "ranking");
    const int kept = ranking["takes"][0]["take"];
    const int other = ranking["takes"][1]["take"];
    CHECK(kept + other == 3);
    CHECK(ranking["takes"][0]["points"] <= ranking["takes"][1]["points"]);
    const auto movie = [](int take) {
        return "aurora_sq010_sh0010_gen_v001_t0" + std::to_string(take) + "_h264.mp4";
    };
    CHECK(fs::exists(folder / movie(kept)));
    CHECK_FALSE(fs::exists(folder / movie(other)));
    CHECK(fs::exists(folder / "alternates" / movie(other)));
    const Json summary = parse_json(read_file(folder / "summary.json"), "summary");
    CHECK(summary["takes"][0]["take"] == kept);
    CHECK(summary["takes"][1]["kept"] == false);
    CHECK(summary["yield"]["takes"] == 2);
    CHECK(summary["yield"]["device_seconds"] == 1800);
    const fs::path version =
        fs::path(shop.plan().roots.at("out")) / "aurora/sq010/sq010_sh0010/v001";
    CHECK(fs::exists(version / "take01/publish.json"));
    CHECK(fs::exists(version / "take02/publish.json"));
    const Json told =
        parse_json(read_file(version / "aurora_sq010_sh0010_gen_v001_takes.json"), "takes");
    CHECK(told["takes"][0]["folder"] == "take0" + std::to_string(kept));
    // Ranked anew, with the other one first: what was written is replaced.
    std::vector<TakeOutcome> anew = outcomes;
    Json turned = parse_json(*anew.back().ranking, "ranking");
    std::swap(turned["takes"][0], turned["takes"][1]);
    turned["takes"][0]["kept"] = true;
    turned["takes"][1]["kept"] = false;
    anew.back().ranking = turned.dump();
    CHECK(write_dailies_of(shop, engines, anew) == folder);
    CHECK(fs::exists(folder / movie(other)));
    CHECK_FALSE(fs::exists(folder / "alternates" / movie(other)));
    CHECK(fs::exists(folder / "alternates" / movie(kept)));
}

TEST_CASE("without a ranking all takes are shown, and it is said why", "[engine]") {
    Workshop shop(ranked_night(1, {}));
    Engines engines;
    std::vector<TakeOutcome> outcomes = run_night(shop, engines);
    outcomes.back() = {"sq010_sh0010.rank", "", "sq010_sh0010.take02.sample01 failed (crash)"};
    const fs::path folder = write_dailies_of(shop, engines, outcomes);
    const Json summary = parse_json(read_file(folder / "summary.json"), "summary");
    CHECK(summary["takes"].size() == 1);
    CHECK(fs::exists(folder / "aurora_sq010_sh0010_gen_v001_t01_h264.mp4"));
    CHECK(summary["failures"][0]["what"] == "ranking of sq010_sh0010");
}

TEST_CASE("a round that is not needed is over without work and without a take", "[engine]") {
    Workshop shop(ranked_night(1, 2));
    Engines engines;
    // The report of the first take, as it would be for a take in which nothing stands out.
    TestObserver observer;
    shop.run_all_up_to("take01.measure", engines);
    const fs::path report = shop.folder_of("take01.measure") / "metrics.json";
    Json metrics = parse_json(read_file(report), "metrics");
    const auto run_rest = [&](Json findings) {
        metrics["findings"] = std::move(findings);
        write_file_atomically(report, std::string_view(metrics.dump()));
        std::vector<Json> facts;
        for (const char* name : {"rank01",
                                 "take02.sample01",
                                 "take02.decode",
                                 "take02.measure",
                                 "take02.proxy",
                                 "take02.publish",
                                 "sq010_sh0010.rank"}) {
            facts.push_back(facts_of(shop.run(name, engines, observer)));
        }
        return facts;
    };
    const std::vector<Json> skipped = run_rest(Json::array());
    CHECK(skipped[0]["ranking"]["more"] == false);
    for (std::size_t i = 1; i < 6; ++i) {
        CHECK(skipped[i]["not_needed"] == true);
        CHECK_FALSE(skipped[i].contains("measured"));  // says nothing about what a task costs
        CHECK_FALSE(skipped[i].contains("folder"));
    }
    CHECK(skipped[6]["ranking"]["not_needed"] == Json{2});
    CHECK(skipped[6]["ranking"]["takes"].size() == 1);
    const std::vector<Json> made = run_rest(
        {{{"kind", "black"}, {"frames", {{"first", 1001}, {"last", 1002}}}, {"value", 2}}});
    CHECK(made[0]["ranking"]["more"] == true);
    CHECK(made[1].contains("measured"));
    CHECK(made[5]["folder"] == "aurora/sq010/sq010_sh0010/v001/take02");
    CHECK(made[6]["ranking"]["takes"].size() == 2);
    CHECK(made[6]["ranking"]["takes"][0]["take"] == 2);
}

}  // namespace nightreel
