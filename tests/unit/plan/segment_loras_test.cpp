#include "pipeline/plan/segment_loras.h"

#include <catch2/catch.hpp>

#include "pipeline/plan/plan_night.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

const Digest ink = digest_of("ink");

ResolvedLora lora_of(double strength, std::vector<double> by_segment = {}) {
    ResolvedLora resolved;
    resolved.lora = SegmentLora{"/loras/ink.safetensors", ink, strength, strength};
    resolved.by_segment = std::move(by_segment);
    return resolved;
}

// The samples of one take of 29 frames: two segments.
std::vector<Digest> samples_with(std::vector<ResolvedLora> loras) {
    ResolvedShot shot = shot_of("sh1", 29);
    shot.loras = std::move(loras);
    std::vector<Digest> samples;
    for (const PlannedTask& task :
         plan_night(night_of({shot}), {.output_path = "/out", .versions = {}}).graph.tasks) {
        if (std::holds_alternative<SampleOrder>(task.order)) samples.push_back(task.digest);
    }
    REQUIRE(samples.size() == 2);
    return samples;
}

}  // namespace

TEST_CASE("factors count in turn for both experts, and the last for all segments that follow",
          "[plan]") {
    std::vector<ResolvedLora> loras(1);
    loras[0].lora = SegmentLora{"/a", ink, 0.8, -0.4};
    loras[0].by_segment = {1, 0.5, 0.25};
    const auto of = [&](std::int32_t number) { return loras_of_segment(loras, number).at(0); };
    CHECK(of(1) == SegmentLora{"/a", ink, 0.8, -0.4});
    CHECK(of(2) == SegmentLora{"/a", ink, 0.4, -0.2});
    CHECK(of(3) == SegmentLora{"/a", ink, 0.2, -0.1});
    CHECK(of(90) == of(3));
}

TEST_CASE("work with a LoRA is named by its bytes and its strength, not by its path", "[plan]") {
    const auto plain = samples_with({});
    const auto inked = samples_with({lora_of(0.8)});
    CHECK(inked[0] != plain[0]);
    CHECK(samples_with({lora_of(0.7)})[0] != inked[0]);
    ResolvedLora other = lora_of(0.8);
    other.lora.digest = digest_of("fog");
    CHECK(samples_with({other})[0] != inked[0]);
    ResolvedLora moved = lora_of(0.8);
    moved.lora.path = "/elsewhere";
    CHECK(samples_with({moved}) == inked);
}

TEST_CASE("a LoRA that adds nothing leaves the work's name as it is without it", "[plan]") {
    const auto plain = samples_with({});
    CHECK(samples_with({lora_of(0)}) == plain);
    CHECK(samples_with({lora_of(0.8, {0})}) == plain);
    const auto later = samples_with({lora_of(0.8, {0, 1})});
    CHECK(later[0] == plain[0]);
    CHECK(later[1] != plain[1]);
}

}  // namespace nightreel
