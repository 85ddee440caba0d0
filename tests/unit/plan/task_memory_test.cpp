#include "pipeline/plan/task_memory.h"

#include <catch2/catch.hpp>

#include "pipeline/plan/estimate/estimate_cost.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

constexpr std::int64_t bytes_of_gib = std::int64_t{1} << 30;

// Wan 2.1 14B with its text encoder and autoencoder.
ModelDimensions large_model() {
    return {.transformer = {.parameters = 14'288'491'584,
                            .block_parameters = 351'339'520,
                            .blocks = 40,
                            .width = 5120,
                            .feed_forward = 13824},
            .text_encoder = {.layer_bytes = 385'896'448,
                             .width = 4096,
                             .feed_forward = 10240,
                             .heads = 64},
            .autoencoder = {.encoder_parameters = 53'595'872,
                            .decoder_parameters = 73'295'331,
                            .encoder_kept = 91'008,
                            .decoder_kept = 151'328,
                            .encoder_widest = 6144}};
}

ModelCard large_card() {
    ModelCard card = small_card();
    card.cost.dimensions = large_model();
    return card;
}

ResolvedShot large_shot() {
    ResolvedShot shot = shot_of("sh1", 81);
    shot.size = {832, 480};
    return shot;
}

Segment segment_of(std::int32_t latent_frames) {
    return {.latent_count = latent_frames};
}

}  // namespace

TEST_CASE("a machine without bf16 holds large models in float32, and without AVX-512 takes longer",
          "[plan]") {
    ProcessorFeatures features{.avx2 = true, .fma = true, .f16c = true};
    const PlannedMachine old = planned_machine(features, false);
    const TaskCost here = sample_cost(large_shot(), large_card(), segment_of(21));
    const TaskCost there = sample_cost(large_shot(), large_card(), segment_of(21), old);
    CHECK(there.resident_bytes > here.resident_bytes * 3 / 2);
    CHECK(there.memory_bytes > here.memory_bytes);
    CHECK(there.seconds > here.seconds * 1.5);
    const TaskCost decoded = decode_cost(large_shot(), large_card(), old);
    CHECK(decoded.memory_bytes > decode_cost(large_shot(), large_card()).memory_bytes);
    CHECK(decoded.seconds > decode_cost(large_shot(), large_card()).seconds);
    CHECK(planned_machine(features, true).has_bfloat16);
    features.avx512 = true;
    CHECK_FALSE(planned_machine(features, false).has_bfloat16);
    CHECK(planned_machine(features, false).sampling_slowness() == 1);
}

TEST_CASE("a 14B model is placed by what it needs streamed, which 24 GiB have", "[memory]") {
    const TaskCost cost = sample_cost(large_shot(), large_card(), segment_of(21));
    CHECK(cost.memory_bytes < 24 * bytes_of_gib);
    CHECK(cost.resident_bytes > 28 * bytes_of_gib);
    CHECK(encode_cost(large_shot(), large_card()).memory_bytes < 4 * bytes_of_gib);
    CHECK(decode_cost(large_shot(), large_card()).memory_bytes < 8 * bytes_of_gib);
}

TEST_CASE("longer segments, larger pictures, guidance and references need more", "[memory]") {
    const ModelCard card = large_card();
    ResolvedShot shot = large_shot();
    shot.sampling.guidance = 1;
    const std::int64_t usual = sample_cost(shot, card, segment_of(5)).memory_bytes;
    CHECK(sample_cost(shot, card, segment_of(6)).memory_bytes > usual);
    ResolvedShot other = shot;
    other.size = {1280, 720};
    CHECK(sample_cost(other, card, segment_of(5)).memory_bytes > usual);
    CHECK(decode_cost(other, card).memory_bytes > decode_cost(shot, card).memory_bytes);
    other = shot;
    other.sampling.guidance = 5;
    CHECK(sample_cost(other, card, segment_of(5)).memory_bytes > usual);
    other = shot;
    other.references.push_back({"mira", "/refs/mira.png", digest_of("mira")});
    CHECK(sample_cost(other, card, segment_of(5)).memory_bytes > usual);
    CHECK(encode_cost(other, card).memory_bytes > encode_cost(shot, card).memory_bytes);
}

TEST_CASE("photographs that are given count in memory, pictures of a frame's size do not",
          "[memory]") {
    const ModelCard card = large_card();
    const auto encode_with = [&](const PictureSize& size) {
        ResolvedShot shot = large_shot();
        shot.references.push_back({"mira", "/refs/mira.png", digest_of("mira"), {}, size});
        return encode_cost(shot, card).memory_bytes;
    };
    CHECK(encode_with({832, 480}) == encode_with({0, 0}));
    const PictureSize photograph{8064, 6048};
    constexpr std::int64_t bytes_as_floats = std::int64_t{8064} * 6048 * 3 * 4;
    CHECK(encode_with(photograph) > encode_with({832, 480}) + 2 * bytes_as_floats);
    ResolvedShot shot = large_shot();
    const std::int64_t without = encode_cost(shot, card).memory_bytes;
    shot.keys.push_back({KeyPlace::start, "/keys/open.png", digest_of("open"), {}, photograph});
    CHECK(encode_cost(shot, card).memory_bytes > without);
}

TEST_CASE("a picture that a take begins with is encoded before its first segment only",
          "[memory]") {
    ModelCard card = large_card();
    card.cost.dimensions.transformer = {
        .parameters = 3'000, .block_parameters = 1'000, .blocks = 1, .width = 16};  // hardly any
    ResolvedShot shot = large_shot();
    const std::int64_t without = sample_cost(shot, card, segment_of(5)).memory_bytes;
    shot.keys.push_back({KeyPlace::start, "/keys/open.png", digest_of("open")});
    const std::int64_t with = sample_cost(shot, card, segment_of(5)).memory_bytes;
    CHECK(with > without);
    Segment second = segment_of(5);
    second.latent_first = 3;
    CHECK(sample_cost(shot, card, second).memory_bytes == without);
    card.history = false;  // the picture stands among channels for every frame
    CHECK(sample_cost(shot, card, segment_of(5)).memory_bytes > with);
}

TEST_CASE("tasks without a model are small beside any that have one", "[memory]") {
    const std::int64_t decode = decode_cost(large_shot(), large_card()).memory_bytes;
    for (const TaskCost& cost :
         {measure_cost(large_shot()), proxy_cost(large_shot()), publish_cost(large_shot())}) {
        CHECK(cost.memory_bytes < decode);
        CHECK(cost.resident_bytes == cost.memory_bytes);
    }
}

TEST_CASE("a card without dimensions says itself what its model needs", "[memory]") {
    ModelCard card = small_card();
    card.cost.memory_bytes = 3 * bytes_of_gib;
    CHECK(sample_cost(large_shot(), card, segment_of(21)).memory_bytes == 3 * bytes_of_gib);
    CHECK(decode_cost(large_shot(), card).memory_bytes == 3 * bytes_of_gib);
}

TEST_CASE("a small model is reckoned in float32, a large one in two bytes", "[memory]") {
    const ModelLatents latents;
    ModelDimensions model = large_model();
    model.transformer.parameters = parameters_for_bfloat16;
    const std::int64_t large = decode_memory(model, latents, {832, 480}).least_bytes;
    model.transformer.parameters = parameters_for_bfloat16 - 1;
    CHECK(decode_memory(model, latents, {832, 480}).least_bytes > large);
}

}  // namespace nightreel
