#include "pipeline/takes/ranking/ranking.h"

#include <algorithm>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "pipeline/takes/quality/flags.h"
#include "pipeline/takes/ranking/selection.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

using Kind = FindingKind;

TakeToRank take_with(std::int32_t number, std::vector<Finding> findings) {
    TakeToRank take{.take = number, .metrics = {}};
    take.metrics.findings = std::move(findings);
    return take;
}

Finding at_limits(Kind kind, double limits) {
    return {kind, {1001, 1010}, limits * limit_of({}, kind)};
}

std::vector<std::int32_t> order_of(const Ranking& ranking) {
    std::vector<std::int32_t> order;
    for (const RankedTake& take : ranking.takes) order.push_back(take.take);
    return order;
}

// Takes of any quality, seeded.
std::vector<TakeToRank> any_takes(std::mt19937& dice, int count) {
    const auto& kinds = EnumWords<Kind>::words;
    std::uniform_real_distribution<double> limits(0, 3);
    std::vector<TakeToRank> takes;
    for (int number = 1; number <= count; ++number) {
        std::vector<Finding> findings;
        for (std::size_t some = dice() % 4; some > 0; --some) {
            findings.push_back(at_limits(kinds[dice() % kinds.size()].first, limits(dice)));
        }
        takes.push_back(take_with(number, findings));
        takes.back().metrics.characters.push_back(
            {.name = "mira", .seen = 0.8, .reference_distance = limits(dice) / 4});
    }
    return takes;
}

bool has_hard_failure(const TakeToRank& take) {
    return std::ranges::any_of(take.metrics.findings, [](const Finding& finding) {
        return is_hard_failure(finding.kind) && finding.value >= limit_of({}, finding.kind);
    });
}

}  // namespace

TEST_CASE("a take with a hard failure never stands before one without", "[takes]") {
    std::mt19937 dice(1);
    bool seen_both = false;
    for (int round = 0; round < 300; ++round) {
        const std::vector<TakeToRank> takes = any_takes(dice, 6);
        const Ranking ranking = rank_takes(takes, {.takes = {}, .keep = 2});
        bool any_failed = false;
        for (const RankedTake& ranked : ranking.takes) {
            const bool failed =
                has_hard_failure(takes.at(static_cast<std::size_t>(ranked.take - 1)));
            CHECK(ranked.failed == failed);
            CHECK_FALSE((any_failed && !failed));
            seen_both = seen_both || (failed && !ranking.takes.front().failed);
            any_failed = any_failed || failed;
        }
    }
    CHECK(seen_both);
    // However little else is wrong with it, and however much with the other.
    std::vector<Finding> poor;
    for (const Kind kind : {Kind::seam, Kind::colour_jump, Kind::flicker, Kind::changes}) {
        poor.push_back(at_limits(kind, 100));
    }
    const std::vector<TakeToRank> takes{take_with(1, {at_limits(Kind::black, 1)}),
                                        take_with(2, poor)};
    CHECK(order_of(rank_takes(takes, {.takes = {}, .keep = 1})) == std::vector{2, 1});
}

TEST_CASE("the order in which takes are given changes nothing", "[takes]") {
    std::mt19937 dice(2);
    for (int round = 0; round < 100; ++round) {
        std::vector<TakeToRank> takes = any_takes(dice, 8);
        const Json first = to_json_value(rank_takes(takes, {.takes = {}, .keep = 3}));
        std::shuffle(takes.begin(), takes.end(), dice);
        CHECK(to_json_value(rank_takes(takes, {.takes = {}, .keep = 3})) == first);
    }
}

TEST_CASE("of equal takes the lower number is better; the first are kept", "[takes]") {
    const std::vector<TakeToRank> takes{take_with(3, {}),
                                        take_with(1, {at_limits(Kind::flicker, 0.5)}),
                                        take_with(4, {}),
                                        take_with(2, {at_limits(Kind::flicker, 0.5)})};
    const Ranking ranking = rank_takes(takes, {.takes = {}, .keep = 2});
    CHECK(order_of(ranking) == std::vector{3, 4, 1, 2});
    CHECK(ranking.usable == 4);
    CHECK(ranking.takes[1].kept);
    CHECK(ranking.takes[1].place == 2);
    CHECK_FALSE(ranking.takes[2].kept);
    CHECK(ranking.takes[0].why == "nothing stands out");
    CHECK_FALSE(ranking.more);
}

TEST_CASE("points are the weight at the limit, and grow no more beyond four limits", "[takes]") {
    const RankOrder order{.takes = {}, .keep = 1};
    const auto points = [&](double limits) {
        const TakeToRank take = take_with(1, {at_limits(Kind::flicker, limits)});
        return rank_takes({&take, 1}, order).takes.front().points;
    };
    CHECK(points(1) == Approx(order.weights.flicker));
    CHECK(points(0.5) == Approx(order.weights.flicker / 2));
    CHECK(points(4) == Approx(4 * order.weights.flicker));
    CHECK(points(9) == points(4));
    CHECK(points(std::numeric_limits<double>::infinity()) == points(4));
    // Of several findings of a kind the worst one counts.
    const TakeToRank twice = take_with(1, {at_limits(Kind::seam, 0.4), at_limits(Kind::seam, 0.8)});
    const RankedTake ranked = rank_takes({&twice, 1}, order).takes.front();
    // A joint is not seen at 1: 1.44 is 0.44 of 0.8 beyond it.
    CHECK(ranked.points == Approx(0.55 * order.weights.seam));
    REQUIRE(ranked.parts.size() == 1);
    CHECK(ranked.parts[0].what == "seam");
    CHECK(ranked.why == "seam 1.44 (limit 1.8)");
    CHECK(ranked.usable);
}

TEST_CASE("a character is judged by its looks and by how much of the take it is in", "[takes]") {
    TakeToRank like = take_with(2, {});
    like.metrics.characters = {{.name = "mira", .seen = 1, .reference_distance = 0.1}};
    TakeToRank unlike = take_with(1, {});
    unlike.metrics.characters = {{.name = "mira", .seen = 0.6, .reference_distance = 0.4}};
    const std::vector<TakeToRank> takes{unlike, like};
    const Ranking ranking = rank_takes(takes, {.takes = {}, .keep = 1});
    CHECK(order_of(ranking) == std::vector{2, 1});
    const RankWeights weights;
    CHECK(ranking.takes[1].points == Approx(0.8 * weights.looks + 0.4 * weights.unseen));
    // What could not be measured is not held against it.
    TakeToRank unmeasured = take_with(3, {});
    unmeasured.metrics.characters = {{.name = "mira", .not_measured = "the same colours"}};
    CHECK(rank_takes({&unmeasured, 1}, {.takes = {}, .keep = 1}).takes[0].points == 0);
}

TEST_CASE("a further round is made when fewer takes are usable than are to be kept", "[takes]") {
    const std::vector<TakeToRank> takes{take_with(1, {at_limits(Kind::seam, 1)}),
                                        take_with(2, {at_limits(Kind::seam, 0.99)})};
    CHECK(rank_takes(takes, {.takes = {}, .keep = 1, .more = 2}).more == false);
    CHECK(rank_takes(takes, {.takes = {}, .keep = 2, .more = 2}).more == true);
    CHECK(rank_takes(takes, {.takes = {}, .keep = 2}).usable == 1);
}

TEST_CASE("the takes of a shot are told beside them, by one file that is replaced whole",
          "[takes]") {
    const TemporaryFolder out;
    const auto version = out.path() / "sq010/sh/v002";
    std::filesystem::create_directories(version);
    const auto take = [&](std::int32_t number, std::int32_t place) {
        return SelectedTake{.take = number,
                            .folder = (version / ("take0" + std::to_string(number))).string(),
                            .place = place,
                            .kept = place == 1};
    };
    Selection selection{.show = "aurora", .shot = "sh", .version = 2, .job = 7};
    selection.takes = {take(3, 1), take(1, 2)};
    write_selection(selection);
    selection.takes = {take(1, 1), take(3, 2)};
    write_selection(selection);
    const Json told = parse_json(read_file(version / "aurora_sh_gen_v002_takes.json"), "takes");
    CHECK(told["takes"][0]["folder"] == "take01");
    CHECK(told["takes"][0]["kept"] == true);
    CHECK(told["takes"][1]["kept"] == false);
    CHECK(std::distance(std::filesystem::directory_iterator(version), {}) == 1);
    write_selection({.show = "aurora", .shot = "nothing published"});
}

}  // namespace nightreel
