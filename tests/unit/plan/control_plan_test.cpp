#include <algorithm>

#include <catch2/catch.hpp>

#include "pipeline/plan/plan_night.h"
#include "shotspec/base/error.h"
#include "shotspec/card/legal_values.h"
#include "tests/unit/plan/night_of.h"

// Takes of models that are shown a clip.

namespace nightreel {
namespace {

// Of a clip of 33 frames, in segments of 17 that share 5.
ResolvedShot shown_shot(ResolvedControl control, std::size_t clips) {
    ResolvedShot shot = shot_of("sh1", 33);
    shot.continues = Continuation::frames;
    shot.edit = ResolvedEdit{.verb = EditVerb::paint, .parts = {{.count = 33}}, .control = control};
    for (std::size_t index = 0; index < clips; ++index) {
        shot.edit->clips.push_back({.name = index == 0 ? "clip" : "mask",
                                    .frames = {101, 133},
                                    .size = control.inside.value_or(shot.size),
                                    .rate = shot.rate});
        shot.edit->clips.back().files.push_back({"x", digest_of(index == 0 ? "clip" : "mask")});
    }
    return shot;
}

NightPlan plan_shown(const ResolvedShot& shot) {
    ResolvedNight night = night_of({shot});
    night.models[0].family = "wan2.1-vace";
    night.models[0].history = false;
    night.models[0].continues = Continuation::frames;
    return plan_night(night, {.output_path = "/out", .versions = {}});
}

const PlannedTask& shown_task(const NightPlan& plan, const std::string& name) {
    for (const PlannedTask& task : plan.graph.tasks) {
        if (task.name == name) return task;
    }
    throw Error(ErrorKind::internal, "no task " + name);
}

bool has_task(const NightPlan& plan, const std::string& name) {
    for (const PlannedTask& task : plan.graph.tasks) {
        if (task.name == name) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("each segment is shown its own frames of the clip, shared ones included", "[plan]") {
    const NightPlan plan = plan_shown(shown_shot({.kind = ControlKind::pose}, 1));
    const Digest clip = shown_task(plan, "sh1.ingest01").digest;
    std::int64_t delivered = 0;
    for (const char* name : {"sh1.take01.sample01", "sh1.take01.sample02"}) {
        const PlannedTask& task = shown_task(plan, name);
        const auto& order = std::get<SampleOrder>(task.order);
        REQUIRE(order.control);
        const std::int64_t shared = order.given ? 5 : 0;
        CHECK(order.control->frames.artifact == clip);
        CHECK(order.control->frames.all == FrameRange{1, 33});
        // Frames of a result of ingest are counted from 1.
        CHECK(order.control->frames.used.first == 1 + delivered - shared);
        CHECK(order.control->frames.used.last == 33);
        delivered += 17 - shared;
        CHECK(std::ranges::count(inputs_of(order), clip) == 1);
    }
    // Nothing of it is delivered.
    CHECK_FALSE(has_task(plan, "sh1.take01.assemble"));
}

TEST_CASE("the last segment of a chain is shown the frames before those that it repeats",
          "[plan]") {
    const NightPlan plan = plan_shown(shown_shot({.kind = ControlKind::grey}, 1));
    const auto& last = std::get<SampleOrder>(shown_task(plan, "sh1.take01.sample03").order);
    // 17 + 12 frames are known; the last segment ends with the take, 17 frames before frame 34.
    CHECK(last.control->frames.used.first == 33 - 17 + 1);
}

TEST_CASE("kept pixels are put over what was decoded, and named by clip and mask", "[plan]") {
    const NightPlan plan = plan_shown(shown_shot({.grow = 8}, 2));
    const PlannedTask& task = shown_task(plan, "sh1.take01.assemble");
    const auto& order = std::get<AssembleOrder>(task.order);
    REQUIRE(order.over);
    CHECK(order.over->frames.artifact == shown_task(plan, "sh1.ingest01").digest);
    CHECK(order.over->mask.value().artifact == shown_task(plan, "sh1.ingest02").digest);
    CHECK(inputs_of(order).size() == 3);
    CHECK(std::get<PublishOrder>(shown_task(plan, "sh1.take01.publish").order).frames_artifact ==
          task.digest);
    // The order as text is the same order.
    CHECK(digest_of(task_order_from_json(to_json_text(task.order))) == task.digest);
    const NightPlan other = plan_shown(shown_shot({.grow = 9}, 2));
    CHECK(shown_task(other, "sh1.take01.assemble").digest != task.digest);
    CHECK(shown_task(other, "sh1.ingest02").digest == shown_task(plan, "sh1.ingest02").digest);
}

TEST_CASE("a reframed clip is ingested at its own size", "[plan]") {
    const NightPlan plan =
        plan_shown(shown_shot({.grow = 8, .corner = ClipCorner{16, 0}, .inside = {{64, 64}}}, 1));
    const auto& order = std::get<IngestOrder>(shown_task(plan, "sh1.ingest01").order);
    CHECK(order.size == PictureSize{64, 64});
}

TEST_CASE("encoding a shown clip counts in time and memory", "[plan]") {
    ResolvedShot shot = shown_shot({.kind = ControlKind::pose}, 1);
    const TaskCost with = shown_task(plan_shown(shot), "sh1.take01.sample01").cost;
    shot.edit.reset();
    const TaskCost without = shown_task(plan_shown(shot), "sh1.take01.sample01").cost;
    // 17 frames once more, as what is kept and as what is made.
    CHECK(with.seconds - without.seconds == Approx(17 * 96 * 64 * 1e-6));
    CHECK(with.memory_bytes - without.memory_bytes >= 17 * 96 * 64 * 11 * 4);
}

}  // namespace nightreel
