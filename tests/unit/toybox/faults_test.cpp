// The quality report on made faults: a small version of what `make evaluate` measures.

#include <catch2/catch.hpp>

#include "toybox/evaluate/quality_trials.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t test_seed = 99;

}  // namespace

TEST_CASE("nearly every made fault is found, of every kind", "[quality]") {
    constexpr std::size_t takes = 4;
    for (const auto& [fault, word] : EnumWords<MadeFault>::words) {
        INFO(word);
        std::size_t found = 0;
        for (std::size_t number = 0; number < takes; ++number) {
            const MadeTake take = faulty_take(fault, test_seed, number);
            found += is_found(report_of(take), take, fault) ? std::size_t{1} : std::size_t{0};
        }
        CHECK(found + 1 >= takes);
    }
}

TEST_CASE("clean takes are not flagged", "[quality]") {
    std::size_t flagged = 0;
    for (std::size_t number = 0; number < 20; ++number) {
        flagged +=
            is_flagged(report_of(clean_take(test_seed, number))) ? std::size_t{1} : std::size_t{0};
    }
    CHECK(flagged <= 1);
}

TEST_CASE("a take is the same whenever it is made", "[quality]") {
    const MadeTake one = faulty_take(MadeFault::smear, test_seed, 3);
    const MadeTake two = faulty_take(MadeFault::smear, test_seed, 3);
    REQUIRE(one.joints == two.joints);
    REQUIRE(one.fault == two.fault);
    REQUIRE(one.frames.back().rgb == two.frames.back().rgb);
}

TEST_CASE("without a reference no character is measured", "[quality]") {
    MadeTake take = clean_take(test_seed, 0);
    const TakeMetrics with = report_of(take);
    REQUIRE(with.characters.size() == 1);
    REQUIRE(!with.characters[0].not_measured);
    REQUIRE(with.characters[0].seen > 0.2);
}

}  // namespace nightreel::toybox
