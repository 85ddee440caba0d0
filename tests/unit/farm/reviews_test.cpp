#include <catch2/catch.hpp>

#include "tests/unit/farm/small_farm.h"
#include "tests/unit/review/reviews_of.h"

namespace nightreel {
namespace {

std::size_t added(SmallFarm& farm, std::vector<ReviewRecord> records) {
    return std::get<Changed>(farm.tell(AddReviews{"anna-laptop", std::move(records)})).tasks;
}

}  // namespace

TEST_CASE("a record becomes a fact once, however often it arrives", "[farm][review]") {
    SmallFarm farm;
    CHECK(added(farm, {note_of(1), note_of(1), verdict_of(2, ReviewVerdict::approved)}) == 2);
    const std::size_t facts = farm.facts.size();
    CHECK(added(farm, {note_of(1), verdict_of(2, ReviewVerdict::approved)}) == 0);
    CHECK(added(farm, {}) == 0);
    CHECK(farm.facts.size() == facts);
    CHECK(std::get<TakesReviewed>(farm.facts.back()).by == "anna-laptop");
    CHECK(review_of(farm.farm.reviews, digest_of("take 1")).verdict() == ReviewVerdict::approved);
}

TEST_CASE("forgetting a job keeps what was said about its takes", "[farm][review]") {
    SmallFarm farm;
    const JobId job = farm.submit("night", {task("sh.take01.publish")});
    added(farm, {verdict_of(1, ReviewVerdict::rejected)});
    const ReviewBook before = farm.farm.reviews;
    farm.tell(CancelTasks{{job, {}}, "td"});
    farm.tell(DeleteJob{job, "td"});
    REQUIRE(farm.farm.jobs.empty());
    CHECK(farm.farm.reviews == before);
    Farm replayed;
    for (const Event& fact : farm.facts) evolve(replayed, fact);
    CHECK(replayed == farm.farm);
}

}  // namespace nightreel
