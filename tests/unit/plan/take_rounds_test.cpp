#include "pipeline/plan/rounds/take_rounds.h"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "pipeline/plan/noise_seed.h"
#include "pipeline/plan/plan_night.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

NightPlan plan_of(const ResolvedShot& shot) {
    return plan_night(night_of({shot}), {.output_path = "/out", .versions = {}});
}

ResolvedShot ranked_shot(std::int32_t count,
                         std::int32_t keep,
                         std::optional<std::int32_t> at_most = {}) {
    ResolvedShot shot = shot_of("sh1", 29, count);
    shot.keep = keep;
    shot.at_most = at_most;
    return shot;
}

const PlannedTask& named(const NightPlan& plan, const std::string& name) {
    const auto found = std::ranges::find(plan.graph.tasks, name, &PlannedTask::name);
    REQUIRE(found != plan.graph.tasks.end());
    return *found;
}

std::vector<std::string> names_at(const NightPlan& plan, const std::vector<std::uint32_t>& tasks) {
    std::vector<std::string> names;
    for (const std::uint32_t index : tasks) names.push_back(plan.graph.tasks[index].name);
    return names;
}

}  // namespace

TEST_CASE("takes are made in rounds until there are as many as are allowed", "[plan]") {
    const auto spans = [](const ResolvedShot& shot) {
        std::vector<std::array<std::int32_t, 3>> found;
        for (const TakeRound& round : rounds_of(shot)) {
            found.push_back({round.first, round.last, round.next});
        }
        return found;
    };
    using Spans = std::vector<std::array<std::int32_t, 3>>;
    CHECK(spans(shot_of("sh", 5, 3)) == Spans{{1, 3, 0}});
    CHECK(spans(ranked_shot(4, 1, 4)) == Spans{{1, 4, 0}});
    CHECK(spans(ranked_shot(2, 1, 7)) == Spans{{1, 2, 2}, {3, 4, 2}, {5, 6, 1}, {7, 7, 0}});
}

TEST_CASE("a ranking needs the report of every take, and no take is named otherwise for it",
          "[plan]") {
    const NightPlan plan = plan_of(ranked_shot(3, 1));
    const PlannedTask& rank = named(plan, "sh1.rank");
    CHECK(names_at(plan, rank.needs) == std::vector<std::string>{"sh1.take01.measure",
                                                                 "sh1.take02.measure",
                                                                 "sh1.take03.measure"});
    const auto& order = std::get<RankOrder>(rank.order);
    CHECK(order.keep == 1);
    CHECK_FALSE(order.more);
    const auto after = names_at(plan, plan.graph.tasks.back().after);
    CHECK(std::ranges::count(after, "sh1.rank") == 1);
    CHECK(after.size() == 4);
    // The results of a night without ranking are those of one with it.
    const NightPlan plain = plan_of(shot_of("sh1", 29, 3));
    for (const PlannedTask& task : plain.graph.tasks) {
        if (task.name != dailies_task) CHECK(named(plan, task.name).digest == task.digest);
    }
    CHECK(plan.graph.tasks.size() == plain.graph.tasks.size() + 1);
}

TEST_CASE("weights and limits are part of the name of a ranking", "[plan]") {
    RankOrder order{.takes = {{1, digest_of("report")}}, .keep = 1};
    const Digest digest = digest_of(TaskOrder(order));
    order.weights.seam += 1;
    CHECK(digest_of(TaskOrder(order)) != digest);
    order = {.takes = {{1, digest_of("report")}}, .keep = 1};
    order.limits.seam += 1;
    CHECK(digest_of(TaskOrder(order)) != digest);
    CHECK(task_order_from_json(to_json_text(TaskOrder(order))).index() ==
          static_cast<std::size_t>(TaskKind::rank));
}

TEST_CASE("every segment of a later round waits for the ranking of the round before", "[plan]") {
    const NightPlan plan = plan_of(ranked_shot(2, 1, 5));
    const Digest first = named(plan, "sh1.rank01").digest;
    CHECK(std::get<RankOrder>(named(plan, "sh1.rank01").order).more == 2);
    CHECK(std::get<RankOrder>(named(plan, "sh1.rank02").order).more == 1);
    CHECK(std::get<RankOrder>(named(plan, "sh1.rank").order).takes.size() == 5);
    for (const PlannedTask& task : plan.graph.tasks) {
        const auto* sample = std::get_if<SampleOrder>(&task.order);
        if (sample == nullptr) continue;
        CAPTURE(task.name);
        if (task.take <= 2) CHECK_FALSE(sample->round);
        if (task.take == 3 || task.take == 4) CHECK(sample->round == first);
        if (task.take == 5) CHECK(sample->round == named(plan, "sh1.rank02").digest);
        // What a task needs is what its order reads, here too.
        std::set<Digest> needed;
        for (const std::uint32_t need : task.needs) needed.insert(plan.graph.tasks[need].digest);
        const std::vector<Digest> inputs = inputs_of(task.order);
        CHECK(needed == std::set<Digest>(inputs.begin(), inputs.end()));
    }
    const auto after = names_at(plan, plan.graph.tasks.back().after);
    CHECK(after.size() == 6);  // five takes and the last ranking
    CHECK(plan.totals.takes == 5);
}

TEST_CASE("a shot with the noise of another has its seeds, take by take", "[plan]") {
    ResolvedShot shot = shot_of("sh1", 17);
    ResolvedShot preview = shot_of("sh1_preview", 17);
    CHECK(noise_seed_of(preview, 1) != noise_seed_of(shot, 1));
    preview.noise_of = "sh1";
    CHECK(noise_seed_of(preview, 1) == noise_seed_of(shot, 1));
    CHECK(noise_seed_of(preview, 2) == noise_seed_of(shot, 2));
}

}  // namespace nightreel
