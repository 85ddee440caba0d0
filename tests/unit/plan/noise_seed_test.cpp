#include "pipeline/plan/noise_seed.h"

#include <set>

#include <catch2/catch.hpp>

#include "pipeline/plan/plan_night.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ResolvedShot given(const std::string& name, std::uint64_t seed, std::int32_t takes = 1) {
    ResolvedShot shot = shot_of(name, 29, takes);
    shot.prompt = "a red star";
    shot.seed = seed;
    shot.seed_is_given = true;
    return shot;
}

ResolvedShot listed(const std::string& name, std::vector<std::uint64_t> seeds) {
    ResolvedShot shot = given(name, 0, static_cast<std::int32_t>(seeds.size()));
    shot.take_seeds = std::move(seeds);
    return shot;
}

// Digests of all segments of a take, when a night has this shot alone.
std::vector<Digest> segments_of(const ResolvedShot& shot, std::int32_t take) {
    std::vector<Digest> digests;
    const NightPlan plan = plan_night(night_of({shot}), {.output_path = "/out", .versions = {}});
    for (const PlannedTask& task : plan.graph.tasks) {
        const auto* publish = std::get_if<PublishOrder>(&task.order);
        if (publish == nullptr || publish->take.take != take) continue;
        for (const SegmentPiece& piece : publish->pieces) digests.push_back(piece.latents);
    }
    REQUIRE(digests.size() == 2);
    return digests;
}

}  // namespace

TEST_CASE("seeds derived from the show's are those of every version before", "[plan]") {
    // First 8 bytes, little-endian, of sha256("5:noise" "4:1234" ...), by Python's hashlib.
    CHECK(derived_seed(1234, "sq010_sh0010", 1) == 0x9013'd46b'563c'fb18U);
    CHECK(derived_seed(1234, "sq010_sh0010", 2) == 0xcbc9'c97c'd9f6'3964U);
    CHECK(derived_seed(18'446'744'073'709'551'615U, "a", 99) == 0xc72b'1379'724b'8a21U);
}

TEST_CASE("show's seed, shot and take each derive another seed", "[plan]") {
    std::set<std::uint64_t> seeds;
    for (const std::uint64_t show : {7U, 8U}) {
        for (const char* shot : {"a", "b", ""}) {
            for (const std::int32_t take : {1, 2, 11}) seeds.insert(derived_seed(show, shot, take));
        }
    }
    CHECK(seeds.size() == 18);
}

TEST_CASE("a given seed names the same segments in any shot, take and place of a list", "[plan]") {
    const std::vector<Digest> liked = segments_of(listed("a", {7, 42}), 2);
    CHECK(segments_of(listed("a", {42}), 1) == liked);
    CHECK(segments_of(listed("other", {1, 2, 42}), 3) == liked);
    CHECK(segments_of(given("sq020_sh0010", 42), 1) == liked);
    CHECK(segments_of(given("a", 42, 3), 1) == liked);
    CHECK(segments_of(given("a", 43), 1) != liked);
    ResolvedNight elsewhere = night_of({given("a", 42)});
    elsewhere.show = "borealis";
    const NightPlan plan = plan_night(elsewhere, {.output_path = "/out", .versions = {}});
    const PlannedTask& publish = *(plan.graph.tasks.end() - 2);
    CHECK(std::get<PublishOrder>(publish.order).pieces[1].latents == liked[1]);
}

TEST_CASE("further takes of a given seed differ, and do not depend on the shot's name", "[plan]") {
    const ResolvedShot first = given("a", 42, 3);
    const ResolvedShot second = given("b", 42, 2);
    CHECK(noise_seed_of(first, 1) == 42);
    CHECK(noise_seed_of(first, 2) == noise_seed_of(second, 2));
    CHECK(std::set<std::uint64_t>{
              noise_seed_of(first, 1), noise_seed_of(first, 2), noise_seed_of(first, 3)}
              .size() == 3);
}

TEST_CASE("a derived take is found again by its noise seed under another name", "[plan]") {
    ResolvedShot derived = shot_of("a", 29, 4);
    derived.prompt = "a red star";
    const std::uint64_t seed = noise_seed_of(derived, 3);
    CHECK(seed == derived_seed(7, "a", 3));
    CHECK(segments_of(given("b", seed), 1) == segments_of(derived, 3));
}

TEST_CASE("a take's record has its noise seed as text with all 64 bits", "[plan]") {
    CHECK(noise_seed_text(42) == "0x000000000000002a");
    CHECK(noise_seed_text(0xfedc'ba98'7654'3210U) == "0xfedcba9876543210");
    const NightPlan plan = plan_night(night_of({listed("a", {0xfedc'ba98'7654'3210U})}),
                                      {.output_path = "/out", .versions = {}});
    CHECK(std::get<PublishOrder>((plan.graph.tasks.end() - 2)->order).take.noise_seed ==
          "0xfedcba9876543210");
}

}  // namespace nightreel
