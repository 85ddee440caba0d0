// The quality report on made faults: a small version of what `make evaluate` measures.

#include <catch2/catch.hpp>

#include "toybox/evaluate/quality_trials.h"
#include "toybox/evaluate/real_faults.h"

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

TEST_CASE("a fault of a character in a given take leaves all frames before it as they are",
          "[quality]") {
    Dice dice(test_seed, 1);
    SeenTake seen{clean_take(test_seed, 0), {}};
    const auto frames = static_cast<int>(seen.take.frames.size());
    for (int f = 0; f < frames; ++f) {
        seen.places.push_back(Sighting{f, 48, 54, 18, 18, true});
    }
    for (const MadeFault fault : {MadeFault::doubles, MadeFault::leaves, MadeFault::changes}) {
        INFO(word_of(fault));
        const auto take = with_actor_fault(seen, fault, seen, dice);
        REQUIRE(take);
        const auto at = static_cast<std::size_t>(take->fault.first);
        for (std::size_t f = 0; f < at; ++f) {
            REQUIRE(take->frames[f].rgb == seen.take.frames[f].rgb);
        }
        // Only around the character.
        std::size_t changed = 0;
        for (std::size_t i = 0; i < take->frames[at].rgb.size(); ++i) {
            changed += take->frames[at].rgb[i] != seen.take.frames[at].rgb[i] ? 1U : 0U;
        }
        CHECK(changed < take->frames[at].rgb.size() / 3);
    }
    for (auto& place : seen.places) place.reset();
    REQUIRE(!with_actor_fault(seen, MadeFault::leaves, seen, dice));
}

TEST_CASE("without a reference no character is measured", "[quality]") {
    MadeTake take = clean_take(test_seed, 0);
    const TakeMetrics with = report_of(take);
    REQUIRE(with.characters.size() == 1);
    REQUIRE(!with.characters[0].not_measured);
    REQUIRE(with.characters[0].seen > 0.2);
}

}  // namespace nightreel::toybox
