#include "pipeline/plan/edit/made_parts.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/unit/plan/dice.h"
#include "tests/unit/plan/night_of.h"

// What is made beside given clips.

namespace nightreel {
namespace {

constexpr std::uint32_t part_seeds = 4000;

struct AskedPart {
    ModelCard card;
    ResolvedShot shot;
    KnownFrames known;
    std::int64_t count = 0;
};

AskedPart part_of(std::uint32_t seed) {
    Dice dice(seed);
    AskedPart asked{small_card(), shot_of("sh1", 1), {}, 0};
    asked.card.history = true;
    asked.card.window.latent_frames_min = 5;
    asked.card.window.latent_frames_max = 9;
    asked.card.latents.frames_per_latent = 4;
    asked.shot.segment_latents = static_cast<std::int32_t>(dice.between(5, 9));
    asked.shot.overlap_latents = static_cast<std::int32_t>(dice.between(1, 2));
    const std::int64_t sides = dice.between(0, 2);
    if (sides != 1) asked.known.before = dice.between(9, 60);
    if (sides != 0) asked.known.after = dice.between(8, 60);
    asked.count = dice.between(1, 150);
    if (sides == 2) asked.count = 4 * dice.between(1, 40);
    return asked;
}

}  // namespace

TEST_CASE("made parts deliver as many frames as are asked for, each from a stream that has them") {
    for (std::uint32_t seed = 0; seed < part_seeds; ++seed) {
        const AskedPart asked = part_of(seed);
        CAPTURE(seed, asked.count, asked.known.before, asked.known.after);
        const auto parts = plan_made_parts(asked.shot, asked.card, asked.count, asked.known);
        std::int64_t frames = 0;
        for (const MadePart& part : parts) {
            frames += part.count;
            const std::int64_t made = 1 + (part.stream.latent_count - 1) * 4;
            REQUIRE(part.count >= 1);
            REQUIRE(part.skipped >= part.before);
            REQUIRE(part.skipped + part.count + part.after <= made);
            // Frames known behind follow the new ones at once.
            if (part.after > 0) REQUIRE(part.skipped + part.count + part.after == made);
            if (part.before > 0) REQUIRE(part.before % 4 == 1);
            REQUIRE(part.after % 4 == 0);
        }
        REQUIRE(frames == asked.count);
    }
}

TEST_CASE("segments are within the window, and the last has all that is known behind it") {
    for (std::uint32_t seed = 0; seed < part_seeds; ++seed) {
        const AskedPart asked = part_of(seed);
        CAPTURE(seed, asked.count, asked.known.before, asked.known.after);
        for (const MadePart& part :
             plan_made_parts(asked.shot, asked.card, asked.count, asked.known)) {
            for (const Segment& segment : part.stream.segments) {
                REQUIRE(segment.latent_count >= asked.card.window.latent_frames_min);
                REQUIRE(segment.latent_count <= asked.card.window.latent_frames_max);
            }
            const Segment& last = part.stream.segments.back();
            const std::int32_t own = last.latent_count - last.history;
            REQUIRE(own > part.after / 4);
            const Segment& first = part.stream.segments.front();
            REQUIRE(first.latent_count > (part.before + 3) / 4);
        }
    }
}

TEST_CASE("more frames before a clip than a window makes are made from the clip outwards") {
    const AskedPart asked = part_of(1);
    const auto parts = plan_made_parts(asked.shot, asked.card, 100, {.after = 20});
    REQUIRE(parts.size() >= 4);
    for (const MadePart& part : parts) {
        CHECK(part.stream.segments.size() == 1);
        CHECK(part.before == 0);
        CHECK(part.after > 0);
    }
}

TEST_CASE("kept frames that are no whole latent frame cannot stand behind new ones") {
    const AskedPart asked = part_of(1);
    CHECK_THROWS_AS(plan_made_parts(asked.shot, asked.card, 8, {.before = 9, .after = 3}), Error);
    CHECK_THROWS_AS(plan_made_parts(asked.shot, asked.card, 7, {.before = 9, .after = 8}), Error);
}

TEST_CASE(
    "clips that are anchors and the gaps between them are the take, and none waits for a gap") {
    for (std::int64_t frames = 18; frames < 800; ++frames) {
        for (const std::int32_t overlap : {1, 2}) {
            CAPTURE(frames, overlap);
            ModelCard card = small_card();
            ResolvedShot shot = shot_of("sh1", frames);
            shot.strategy = Strategy::anchors;
            shot.overlap_latents = overlap;
            const std::vector<EditPart> parts = parts_of(shot, card);
            REQUIRE(parts.size() % 2 == 1);
            std::int64_t sum = 0;
            for (std::size_t index = 0; index < parts.size(); ++index) {
                sum += parts[index].count;
                const PartsBeside beside = parts_beside(shot, parts, index);
                const bool is_gap = index % 2 == 1;
                REQUIRE(beside.before.has_value() == is_gap);
                REQUIRE(beside.after.has_value() == is_gap);
                REQUIRE(parts[index].count >= 4);
                // One stream of one segment each.
                const auto made = plan_made_parts(
                    shot, card, parts[index].count, known_beside(shot, parts, index));
                REQUIRE(made.size() == 1);
                REQUIRE(made[0].stream.segments.size() == 1);
            }
            REQUIRE(sum == frames);
        }
    }
}

}  // namespace nightreel
