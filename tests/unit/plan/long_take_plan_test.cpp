#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "pipeline/plan/edit/storyboard_prompts.h"
#include "pipeline/plan/plan_night.h"
#include "pipeline/plan/plan_report.h"
#include "pipeline/plan/segment_plan.h"
#include "pipeline/plan/strategy/take_plan.h"
#include "pipeline/plan/strategy/window_plan.h"
#include "shotspec/base/error.h"
#include "shotspec/card/legal_values.h"
#include "tests/unit/plan/dice.h"
#include "tests/unit/plan/night_of.h"

// Takes whose segments are streams of their own, and takes in windows.

namespace nightreel {
namespace {

constexpr std::uint32_t seeds = 3000;

struct Asked {
    ModelCard card;
    ResolvedShot shot;
};

Asked asked_of(std::uint32_t seed, Continuation how) {
    Dice dice(seed);
    Asked asked{small_card(), shot_of("sh1", dice.between(1, dice.between(1, 800)))};
    asked.card.continues = how;
    asked.card.window.latent_frames_max = 30;
    asked.card.window.latent_frames_min = 1;
    asked.card.latents.frames_per_latent = static_cast<std::int32_t>(dice.between(1, 6));
    asked.shot.segment_latents = static_cast<std::int32_t>(dice.between(4, 30));
    asked.shot.overlap_latents =
        how == Continuation::picture
            ? 1
            : static_cast<std::int32_t>(dice.between(1, asked.shot.segment_latents - 2));
    if (how != Continuation::latents) asked.shot.continues = how;
    return asked;
}

Asked windowed_of(std::uint32_t seed) {
    Asked asked = asked_of(seed, Continuation::latents);
    asked.shot.strategy = Strategy::windowed;
    asked.shot.free_noise = seed % 2 == 0;
    return asked;
}

WindowSettings settings_of(const ResolvedShot& shot) {
    return {shot.segment_latents, shot.overlap_latents, shot.free_noise.value_or(false)};
}

const PlannedTask& task_of(const NightPlan& plan, const std::string& name) {
    for (const PlannedTask& task : plan.graph.tasks) {
        if (task.name == name) return task;
    }
    throw Error(ErrorKind::internal, "no task " + name);
}

NightPlan plan_of(const Asked& asked) {
    ResolvedNight night = night_of({asked.shot});
    night.models = {asked.card};
    return plan_night(night, {.output_path = "/out", .versions = {}});
}

}  // namespace

TEST_CASE("segments that begin with frames deliver every frame of a take once", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const auto how = seed % 2 == 0 ? Continuation::picture : Continuation::frames;
        const Asked asked = asked_of(seed, how);
        const SegmentPlan plan = take_plan(asked.shot, asked.card);
        const std::int64_t stride = asked.card.latents.frames_per_latent;
        std::int64_t delivered = 0;
        std::int64_t latents = 0;
        for (std::size_t index = 0; index < plan.segments.size(); ++index) {
            const Segment& segment = plan.segments[index];
            const std::int64_t shared = segment.shared_frames.value_or(0);
            REQUIRE(segment.history == 0);
            // Noise of its own latent frames: no two segments start from the same.
            REQUIRE(segment.latent_first == latents);
            REQUIRE(segment.frame_first == delivered);
            REQUIRE(delivered < asked.shot.frames.count());
            REQUIRE(segment.shared_frames.has_value() == (index > 0));
            if (index > 0) {
                REQUIRE(shared % stride == 1 % stride);
                REQUIRE(segment.latent_count == asked.shot.segment_latents);
                REQUIRE(shared <= frames_of_segment(segment.latent_count, asked.card) - stride);
            }
            latents += segment.latent_count;
            delivered += frames_of_segment(segment.latent_count, asked.card) - shared;
        }
        REQUIRE(delivered >= asked.shot.frames.count());
        REQUIRE(latents == plan.latent_count);
        if (how == Continuation::frames) REQUIRE(delivered - asked.shot.frames.count() < stride);
        REQUIRE(joints_of(plan, 1001).size() + 1 == plan.segments.size());
    }
}

TEST_CASE("lengthening a take of streams changes none of its segments but the last", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        Asked asked = asked_of(seed, seed % 2 == 0 ? Continuation::picture : Continuation::frames);
        const SegmentPlan shorter = take_plan(asked.shot, asked.card);
        asked.shot.frames.last += Dice(seed + seeds).between(1, 100);
        const SegmentPlan longer = take_plan(asked.shot, asked.card);
        for (std::size_t index = 0; index + 1 < shorter.segments.size(); ++index) {
            REQUIRE(longer.segments.at(index) == shorter.segments[index]);
        }
    }
}

TEST_CASE("no first latent of a clip is ever decoded inside a stream", "[plan]") {
    for (std::uint32_t seed = 0; seed < 400; ++seed) {
        CAPTURE(seed);
        Asked asked =
            seed % 4 == 3
                ? windowed_of(seed)
                : asked_of(
                      seed,
                      std::array{Continuation::latents, Continuation::picture, Continuation::frames}
                          .at(seed % 4));
        if (seed % 8 == 0) {
            asked.shot.cut = true;
            asked.shot.overlap_latents = 0;
        }
        const auto order =
            std::get<DecodeOrder>(task_of(plan_of(asked), "sh1.take01.decode").order);
        for (std::size_t index = 0; index < order.pieces.size(); ++index) {
            // With clips each piece begins a stream; without, the first one does.
            const bool begins_a_stream = index == 0 || order.clips.value_or(false);
            REQUIRE((order.pieces[index].history == 0) == begins_a_stream);
        }
    }
}

TEST_CASE("a segment that begins with frames waits for the hand-over of the one before", "[plan]") {
    Asked asked{small_card(), shot_of("sh1", 60)};
    asked.card.continues = Continuation::picture;
    asked.shot.continues = Continuation::picture;
    asked.shot.overlap_latents = 1;
    const NightPlan plan = plan_of(asked);
    CHECK(plan.shots[0].segments.segments.size() == 4);  // 17 + 3 times 16
    const auto& sample = std::get<SampleOrder>(task_of(plan, "sh1.take01.sample03").order);
    const PlannedTask& given = task_of(plan, "sh1.take01.hand_over02");
    const auto& order = std::get<HandOverOrder>(given.order);
    CHECK(sample.given == given.digest);
    CHECK(sample.previous.empty());
    CHECK(sample.history == 0);
    CHECK(order.latents == task_of(plan, "sh1.take01.sample02").digest);
    CHECK(order.given == task_of(plan, "sh1.take01.hand_over01").digest);
    CHECK(order.frames == 1);
    CHECK(order.shared_frames == 1);
    const auto& decode = std::get<DecodeOrder>(task_of(plan, "sh1.take01.decode").order);
    CHECK(decode.clips == true);
    CHECK(decode.pieces.at(2).given == given.digest);
    for (const PlannedTask& task : plan.graph.tasks) {
        CAPTURE(task.name);
        std::set<Digest> needed;
        for (const std::uint32_t need : task.needs) {
            needed.insert(plan.graph.tasks[need].digest);
        }
        const std::vector<Digest> inputs = inputs_of(task.order);
        CHECK(needed == std::set<Digest>(inputs.begin(), inputs.end()));
        const TaskOrder again = task_order_from_json(to_json_text(task.order));
        CHECK(digest_of(again) == task.digest);
    }
    CHECK_THAT(plan_table(plan), Catch::Contains("chain: 4 x 5, overlap 1f"));
}

TEST_CASE("windows cover a take, and their weights are 1 in sum where two of them meet", "[plan]") {
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        const Asked asked = windowed_of(seed);
        const WindowSettings settings = settings_of(asked.shot);
        const std::int64_t latents = latents_for(asked.shot.frames.count(), asked.card.latents);
        const std::vector<LatentWindow> windows = place_windows(latents, settings);
        std::vector<float> sums(static_cast<std::size_t>(latents));
        std::vector<int> owners(static_cast<std::size_t>(latents));
        for (std::size_t index = 0; index < windows.size(); ++index) {
            const LatentWindow& window = windows[index];
            REQUIRE(window.first >= 0);
            REQUIRE(window.end() <= latents);
            REQUIRE(window.count == std::min<std::int64_t>(latents, settings.latent_count));
            // Only the take's own first frame is the first of a clip to the network.
            REQUIRE(window.anchor == (index > 0 ? 1 : 0));
            if (index > 0) {
                REQUIRE(windows[index - 1].end() - window.own_first() >= settings.overlap);
                REQUIRE(window.end() > windows[index - 1].end());
            }
            for (std::int32_t i = window.anchor; i < window.count; ++i) {
                const float weight = window.weights[static_cast<std::size_t>(i)];
                REQUIRE(weight > 0);
                sums[static_cast<std::size_t>(window.first + i)] += weight;
                owners[static_cast<std::size_t>(window.first + i)] += 1;
            }
        }
        for (std::size_t frame = 0; frame < sums.size(); ++frame) {
            REQUIRE(owners[frame] > 0);
            if (owners[frame] <= 2) REQUIRE(sums[frame] == Approx(1));
        }
    }
}

TEST_CASE("reordered noise uses that of the first window alone, each frame once a stretch",
          "[plan]") {
    const WindowSettings settings{.latent_count = 9, .overlap = 3, .free_noise = true};
    const std::vector<std::int64_t> frames = noise_frames(60, settings, 7);
    for (std::size_t i = 0; i < 9; ++i) CHECK(frames[i] == static_cast<std::int64_t>(i));
    for (std::size_t first = 9; first + 5 <= frames.size(); first += 5) {
        const std::set<std::int64_t> here(frames.begin() + static_cast<std::ptrdiff_t>(first),
                                          frames.begin() + static_cast<std::ptrdiff_t>(first + 5));
        const std::set<std::int64_t> before(
            frames.begin() + static_cast<std::ptrdiff_t>(first - 9),
            frames.begin() + static_cast<std::ptrdiff_t>(first - 4));
        CHECK(here == before);
    }
    CHECK(*std::max_element(frames.begin(), frames.end()) == 8);
    CHECK(noise_frames(60, settings, 7) == frames);
    CHECK(noise_frames(60, settings, 8) != frames);
    CHECK(noise_frames(40, settings, 7) ==
          std::vector<std::int64_t>(frames.begin(), frames.begin() + 40));
}

TEST_CASE("a take in windows is one sample task, whose time grows with the windows", "[plan]") {
    Asked asked{small_card(), shot_of("sh1", 129)};
    asked.shot.strategy = Strategy::windowed;
    asked.shot.overlap_latents = 1;
    const NightPlan plan = plan_of(asked);
    const PlannedTask& sample = task_of(plan, "sh1.take01.sample01");
    const auto& order = std::get<SampleOrder>(sample.order);
    CHECK(order.latent_count == 33);
    CHECK(order.windows == WindowSettings{.latent_count = 5, .overlap = 1});
    CHECK_THAT(plan_table(plan), Catch::Contains("windowed: 11 x 5, overlap 1"));
    // Where a window begins to outweigh the one before.
    CHECK(std::get<MeasureOrder>(task_of(plan, "sh1.take01.measure").order).joints.size() == 10);
    asked.shot.frames.last += 96;
    CHECK(task_of(plan_of(asked), "sh1.take01.sample01").cost.seconds > 1.6 * sample.cost.seconds);
    asked.shot.frames.last = asked.shot.frames.first + 16;
    CHECK_FALSE(
        std::get<SampleOrder>(task_of(plan_of(asked), "sh1.take01.sample01").order).windows);
}

TEST_CASE("windows that are exchanged are tasks that need their neighbours alone", "[plan]") {
    Asked asked{small_card(), shot_of("sh1", 129)};
    asked.shot.strategy = Strategy::windowed;
    asked.shot.overlap_latents = 1;
    asked.shot.sampling.steps = 8;
    const TaskCost whole = task_of(plan_of(asked), "sh1.take01.sample01").cost;
    asked.shot.exchange = 3;
    const NightPlan plan = plan_of(asked);
    CHECK_THAT(plan_table(plan), Catch::Contains("windowed: 11 x 5, overlap 1, exchange 3"));
    double seconds = 0;
    std::set<std::pair<std::int32_t, std::int32_t>> made;  // window and step
    for (const PlannedTask& task : plan.graph.tasks) {
        const auto* order = std::get_if<SampleOrder>(&task.order);
        if (order == nullptr) continue;
        seconds += task.cost.seconds;
        const WindowRound& round = order->window_round.value();
        for (std::int32_t step = round.step_first; step < round.step_end; ++step) {
            CHECK(made.emplace(round.window.value(), step).second);
        }
        if (round.step_first == 0) CHECK(round.states.empty());
        if (!round.window) CHECK(round.states.size() == 11);
        if (!round.window || round.step_first == 0) continue;
        // An anchor may belong to a window further away.
        CHECK(round.states.size() >= 2);
        CHECK(round.states.size() <= 4);
        CHECK(std::ranges::count(round.states, *round.window, &WindowState::window) == 1);
    }
    CHECK(made.size() == 11 * 8);
    // Each task begins by itself; the steps are those of the whole.
    CHECK(seconds - 34 * 0.1 == Approx(whole.seconds - 0.1).epsilon(0.02));
    const PlannedTask& join = task_of(plan, "sh1.take01.sample_join");
    const auto& decode = std::get<DecodeOrder>(task_of(plan, "sh1.take01.decode").order);
    CHECK(decode.pieces.at(0).latents == join.digest);
}

TEST_CASE("windows that leave no new frame are refused", "[plan]") {
    CHECK_THROWS_WITH(place_windows(20, {.latent_count = 5, .overlap = 4}),
                      Catch::Contains("leave room"));
    CHECK_THROWS_WITH(place_windows(20, {.latent_count = 5, .overlap = 0}),
                      Catch::Contains("at least 1"));
}

TEST_CASE("a picture at any time is a latent frame of the one segment that makes it", "[plan]") {
    for (std::uint32_t seed = 0; seed < 400; ++seed) {
        CAPTURE(seed);
        Asked asked = seed % 2 == 0 ? asked_of(seed, Continuation::latents) : windowed_of(seed);
        asked.card.pictures_between = PictureUse::taken;
        const std::int64_t frames = asked.shot.frames.count();
        if (frames < 3) continue;
        const std::int64_t frame = Dice(seed + seeds).between(1, frames - 2);
        asked.shot.keys = {{KeyPlace::start, "/a.png", digest_of("a")},
                           {KeyPlace::between, "/b.png", digest_of("b"), {}, {}, frame},
                           {KeyPlace::end, "/c.png", digest_of("c")}};
        std::map<std::string, std::int64_t> found;
        const NightPlan plan = plan_of(asked);
        for (const PlannedTask& task : plan.graph.tasks) {
            const auto* order = std::get_if<SampleOrder>(&task.order);
            if (order == nullptr || !order->keys) continue;
            for (const SegmentKey& key : *order->keys) {
                REQUIRE(key.latent >= order->history);
                REQUIRE(key.latent < order->latent_count);
                REQUIRE(found.emplace(key.array, order->latent_first + key.latent).second);
            }
        }
        REQUIRE(found.size() == 2);
        const std::int64_t latent = found.at("key." + std::to_string(frame));
        const std::int64_t stride = asked.card.latents.frames_per_latent;
        REQUIRE(first_frame_of(latent, asked.card.latents) <= frame);
        REQUIRE(frame < first_frame_of(latent, asked.card.latents) + stride);
        REQUIRE(found.at("key.last") == latents_for(frames, asked.card.latents) - 1);
    }
}

TEST_CASE("gaps between pictures are streams of their own that do not wait for each other",
          "[plan]") {
    Asked asked{small_card(), shot_of("sh1", 40)};
    asked.card.window.latent_frames_min = 1;
    asked.shot.strategy = Strategy::anchors;
    asked.shot.keys = {{KeyPlace::start, "/a.png", digest_of("a")},
                       {KeyPlace::between, "/b.png", digest_of("b"), {}, {}, 16},
                       {KeyPlace::between, "/c.png", digest_of("c"), {}, {}, 24}};
    const NightPlan plan = plan_of(asked);
    const auto& segments = plan.shots[0].segments.segments;
    REQUIRE(segments.size() == 3);
    CHECK(segments[0].latent_count == 5);
    CHECK(segments[1].latent_count == 3);
    CHECK(segments[1].frame_first == 17);
    CHECK(segments[2].latent_count == 5);  // 16 frames behind the last picture
    CHECK(segments[2].shared_frames == 1);
    for (int number = 1; number <= 3; ++number) {
        const PlannedTask& task = task_of(plan, "sh1.take01.sample0" + std::to_string(number));
        const auto& order = std::get<SampleOrder>(task.order);
        CHECK(task.needs == std::vector<std::uint32_t>{0});
        REQUIRE(order.ends);
        CHECK(order.ends->last.has_value() == (number < 3));
        CHECK(digest_of(task_order_from_json(to_json_text(task.order))) == task.digest);
    }
    // They are decoded apart too, each without the picture that the one before ends with.
    const auto& whole = std::get<AssembleOrder>(task_of(plan, "sh1.take01.assemble").order);
    REQUIRE(whole.parts.size() == 3);
    std::int64_t next = 1001;
    for (int number = 1; number <= 3; ++number) {
        const PlannedTask& task = task_of(plan, "sh1.take01.decode0" + std::to_string(number));
        const auto& order = std::get<DecodeOrder>(task.order);
        CHECK(order.pieces.size() == 1);
        CHECK(order.skipped.value_or(0) == (number == 1 ? 0 : 1));
        CHECK(order.frames.first == next);
        next = order.frames.last + 1;
        CHECK(whole.parts[static_cast<std::size_t>(number) - 1].artifact == task.digest);
    }
    CHECK(next == 1041);
    CHECK_THAT(plan_table(plan), Catch::Contains("anchors: 3 gaps"));
}

TEST_CASE("each window of a storyboard has the text that holds in its middle", "[plan]") {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        Asked asked = windowed_of(seed);
        const std::int64_t frames = asked.shot.frames.count();
        asked.shot.cards = {{0, "a red star"}, {frames / 2, "a blue box"}};
        const SegmentPlan plan = take_plan(asked.shot, asked.card);
        const auto prompts = window_prompts_of(asked.shot, asked.card, plan);
        REQUIRE(prompts.has_value() == plan.windows.has_value());
        if (!plan.windows) continue;
        const auto windows = place_windows(plan.latent_count, settings_of(asked.shot));
        REQUIRE(prompts.value().size() == windows.size());
        REQUIRE(std::ranges::is_sorted(*prompts));
        for (std::size_t index = 0; index < windows.size(); ++index) {
            const std::int64_t first =
                first_frame_of(windows[index].own_first(), asked.card.latents);
            const std::int64_t end =
                std::min(frames, first_frame_of(windows[index].end(), asked.card.latents));
            REQUIRE((*prompts)[index] == ((first + end) / 2 >= frames / 2 ? 1 : 0));
        }
    }
    Asked asked = windowed_of(1);
    CHECK_FALSE(window_prompts_of(asked.shot, asked.card, take_plan(asked.shot, asked.card)));
    // A text that holds in the middle of no window is refused.
    asked.shot.cards = {{0, "a red star"}, {asked.shot.frames.count() - 1, "a blue box"}};
    CHECK_THROWS_AS(plan_of(asked), Error);
}

}  // namespace nightreel
