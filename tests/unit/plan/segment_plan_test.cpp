#include "pipeline/plan/segment_plan.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/unit/plan/dice.h"

namespace nightreel {
namespace {

struct Asked {
    ModelCard card;
    std::int64_t frame_count = 1;
    std::int32_t window = 1;
    std::int32_t overlap = 0;

    SegmentPlan plan() const { return plan_segments(frame_count, card, window, overlap); }
};

ModelCard card_with(std::int32_t least, std::int32_t most, std::int32_t stride = 4) {
    ModelCard card;
    card.name = "model";
    card.history = true;
    card.window.latent_frames_min = least;
    card.window.latent_frames_max = most;
    card.latents.frames_per_latent = stride;
    return card;
}

Asked asked_of(std::uint32_t seed) {
    Dice dice(seed);
    const auto least = static_cast<std::int32_t>(dice.between(1, 12));
    const auto most = static_cast<std::int32_t>(dice.between(least, 30));
    const auto stride = static_cast<std::int32_t>(dice.between(1, 8));
    const auto window = static_cast<std::int32_t>(dice.between(least, most));
    const std::int64_t frame_count = dice.between(1, dice.between(1, 2000));
    if (window == 1) return {.card = card_with(least, most, stride), .frame_count = 1};
    return {.card = card_with(least, most, stride),
            .frame_count = frame_count,
            .window = window,
            .overlap = static_cast<std::int32_t>(dice.between(1, window - 1))};
}

constexpr std::uint32_t seeds = 5000;

ErrorKind kind_of_refusal(const Asked& asked) {
    try {
        asked.plan();
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("the plan was not refused");
    return ErrorKind::internal;
}

}  // namespace

TEST_CASE("segments cover every latent frame of a take once as somebody's own", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const Asked asked = asked_of(seed);
        const SegmentPlan plan = asked.plan();
        std::int64_t covered = 0;
        for (const Segment& segment : plan.segments) {
            REQUIRE(segment.latent_first + segment.history == covered);
            REQUIRE(segment.history < segment.latent_count);
            covered = segment.latent_end();
        }
        REQUIRE(plan.segments.front().latent_first == 0);
        REQUIRE(plan.segments.front().history == 0);
        REQUIRE(covered == plan.latent_count);
        const std::int64_t pixel_frames = 1 + (covered - 1) * asked.card.latents.frames_per_latent;
        REQUIRE(pixel_frames >= asked.frame_count);
    }
}

TEST_CASE("a plan samples nothing beyond the take unless the shortest window needs it", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const Asked asked = asked_of(seed);
        const std::int64_t needed = latents_for(asked.frame_count, asked.card.latents);
        const std::int64_t least = asked.card.window.latent_frames_min;
        REQUIRE(asked.plan().latent_count == std::max(needed, least));
    }
}

TEST_CASE("every window is one that the model can make, and none is longer than asked", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const Asked asked = asked_of(seed);
        const SegmentPlan plan = asked.plan();
        for (std::size_t index = 0; index < plan.segments.size(); ++index) {
            const Segment& segment = plan.segments[index];
            REQUIRE(segment.latent_count >= asked.card.window.latent_frames_min);
            REQUIRE(segment.latent_count <= asked.window);
            if (plan.segments.size() > 1) REQUIRE(segment.latent_count == asked.window);
        }
    }
}

TEST_CASE("neighbours overlap as asked, the last two at least so much", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const Asked asked = asked_of(seed);
        const SegmentPlan plan = asked.plan();
        for (std::size_t index = 1; index < plan.segments.size(); ++index) {
            const Segment& segment = plan.segments[index];
            const bool is_last = index + 1 == plan.segments.size();
            REQUIRE(segment.history >= asked.overlap);
            if (!is_last) REQUIRE(segment.history == asked.overlap);
            // History is taken from the segment before and from no other.
            REQUIRE(segment.latent_first >= plan.segments[index - 1].latent_first);
        }
    }
}

TEST_CASE("the same request gives the same plan", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        REQUIRE(asked_of(seed).plan() == asked_of(seed).plan());
    }
}

TEST_CASE("a longer take keeps every segment of a shorter one but the last", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        Asked asked = asked_of(seed);
        if (asked.window == 1) continue;  // too short to be continued
        const SegmentPlan shorter = asked.plan();
        asked.frame_count += Dice(seed + seeds).between(1, 100);
        const SegmentPlan longer = asked.plan();
        REQUIRE(longer.segments.size() >= shorter.segments.size());
        for (std::size_t index = 0; index + 1 < shorter.segments.size(); ++index) {
            REQUIRE(longer.segments[index] == shorter.segments[index]);
        }
    }
}

TEST_CASE("joints stand in order inside the take, where own frames begin", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const Asked asked = asked_of(seed);
        const SegmentPlan plan = asked.plan();
        const std::vector<std::int64_t> joints = joints_of(plan, 1001);
        REQUIRE(joints.size() + 1 == plan.segments.size());
        std::int64_t before = 1001;
        for (std::size_t index = 0; index < joints.size(); ++index) {
            const Segment& segment = plan.segments[index + 1];
            REQUIRE(joints[index] > before);
            REQUIRE(joints[index] < 1001 + asked.frame_count);
            // The frame before a joint is the last one of the latent frame before.
            const std::int64_t own = segment.latent_first + segment.history;
            REQUIRE(latents_for(joints[index] - 1001, asked.card.latents) == own);
            REQUIRE(latents_for(joints[index] - 1001 + 1, asked.card.latents) == own + 1);
            before = joints[index];
        }
    }
}

TEST_CASE("latent and pixel frames are counted as the causal autoencoder does", "[plan]") {
    const ModelLatents latents;
    CHECK(latents_for(1, latents) == 1);
    CHECK(latents_for(2, latents) == 2);
    CHECK(latents_for(5, latents) == 2);
    CHECK(latents_for(6, latents) == 3);
    CHECK(latents_for(81, latents) == 21);
    CHECK(first_frame_of(0, latents) == 0);
    CHECK(first_frame_of(1, latents) == 1);
    CHECK(first_frame_of(2, latents) == 5);
}

TEST_CASE("the last segment is a full window with more history", "[plan]") {
    const SegmentPlan plan =
        plan_segments(33, card_with(5, 9), 5, 2);  // 9 latent frames: 5 + 3 + 1
    const std::vector<Segment> expected{
        {.latent_first = 0, .latent_count = 5},
        {.latent_first = 3, .latent_count = 5, .history = 2, .frame_first = 17},
        {.latent_first = 4, .latent_count = 5, .history = 4, .frame_first = 29}};
    CHECK(plan.segments == expected);
    CHECK(plan.latent_count == 9);
}

TEST_CASE("a last segment is full however short segments the model makes", "[plan]") {
    CHECK(plan_segments(33, card_with(1, 9), 5, 2) == plan_segments(33, card_with(5, 9), 5, 2));
}

TEST_CASE("a take below the shortest window is one shortest window", "[plan]") {
    const SegmentPlan plan = plan_segments(1, card_with(5, 9), 7, 2);
    CHECK(plan.segments == std::vector<Segment>{{.latent_first = 0, .latent_count = 5}});
}

TEST_CASE("the impossible is refused as bad input", "[plan]") {
    const ModelCard card = card_with(5, 9);
    CHECK(kind_of_refusal({card, 17, 5, 5}) == ErrorKind::bad_input);
    CHECK(kind_of_refusal({card, 17, 5, -1}) == ErrorKind::bad_input);
    CHECK(kind_of_refusal({card, 17, 4, 1}) == ErrorKind::bad_input);
    CHECK(kind_of_refusal({card, 17, 10, 1}) == ErrorKind::bad_input);
    CHECK(kind_of_refusal({card, 0, 5, 2}) == ErrorKind::bad_input);
    CHECK(kind_of_refusal({card, take_frames_max + 1, 5, 2}) == ErrorKind::bad_input);
}

TEST_CASE("only a model that can continue a segment makes a take of several", "[plan]") {
    ModelCard card = card_with(5, 9);
    CHECK(kind_of_refusal({card, 18, 5, 0}) == ErrorKind::bad_input);
    card.history = false;
    CHECK(plan_segments(17, card, 5, 2).segments.size() == 1);
    CHECK(kind_of_refusal({card, 18, 5, 0}) == ErrorKind::bad_input);
    CHECK(kind_of_refusal({card, 18, 5, 2}) == ErrorKind::bad_input);
}

TEST_CASE("separate clips are equal, cover the take, and each begins with a frame of its own",
          "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const Asked asked = asked_of(seed);
        const SegmentPlan plan = plan_clips(asked.frame_count, asked.card, asked.window);
        const std::int64_t stride = asked.card.latents.frames_per_latent;
        std::int64_t latents = 0;
        std::int64_t frames = 0;
        for (const Segment& clip : plan.segments) {
            REQUIRE(clip.history == 0);
            REQUIRE(clip.latent_first == latents);
            REQUIRE(clip.frame_first == frames);
            REQUIRE(frames < asked.frame_count);
            REQUIRE(clip.latent_count == plan.segments.front().latent_count);
            REQUIRE(clip.latent_count >= asked.card.window.latent_frames_min);
            REQUIRE(clip.latent_count <= asked.window);
            latents += clip.latent_count;
            frames += 1 + (clip.latent_count - 1) * stride;
        }
        REQUIRE(plan.latent_count == latents);
        REQUIRE(frames >= asked.frame_count);
        REQUIRE(joints_of(plan, 1001).empty());
    }
}

}  // namespace nightreel
