#include "pipeline/plan/memory_plan.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::int64_t gibibyte = 1 << 30;

// Wan 2.1 14B in bf16.
constexpr TransformerDimensions large{.parameters = 14'288'490'000,
                                      .block_parameters = 351'000'000,
                                      .blocks = 40,
                                      .width = 5120,
                                      .feed_forward = 13824};

constexpr TransformerWork clip{
    .tokens_per_frame = 30 * 52, .latent_frames = 21, .batch = 1, .item_bytes = 2};

constexpr AutoencoderDimensions autoencoder{.encoder_parameters = 53'595'872,
                                            .decoder_parameters = 73'295'331,
                                            .encoder_kept = 91'008,
                                            .decoder_kept = 151'328,
                                            .encoder_widest = 6144};

constexpr PictureWork picture{.pixels = 832 * 480, .latent_cells = 104 * 60, .item_bytes = 2};

}  // namespace

TEST_CASE("weights stay in memory when they fit and are streamed when they do not", "[memory]") {
    REQUIRE(choose_residency(large, clip, 80 * gibibyte) == Residency::resident);
    REQUIRE(choose_residency(large, clip, 8 * gibibyte) == Residency::streamed);
}

TEST_CASE("a need is the smallest budget that is not refused", "[memory]") {
    const MemoryNeed need = memory_need(large, clip);
    REQUIRE(choose_residency(large, clip, need.resident_bytes) == Residency::resident);
    REQUIRE(choose_residency(large, clip, need.resident_bytes - 1) == Residency::streamed);
    REQUIRE(choose_residency(large, clip, need.streamed_bytes) == Residency::streamed);
    REQUIRE_THROWS_AS(choose_residency(large, clip, need.streamed_bytes - 1), Error);
}

TEST_CASE("the length that a refusal names fits, and one frame more does not", "[memory]") {
    const std::int64_t budget = memory_need(large, clip).streamed_bytes - 1;
    try {
        choose_residency(large, clip, budget);
        FAIL("the clip should not fit");
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::out_of_memory);
        REQUIRE_THAT(error.what(), Catch::Contains("20 latent frames would fit"));
    }
    TransformerWork shorter = clip;
    shorter.latent_frames = 20;
    REQUIRE(choose_residency(large, shorter, budget) == Residency::streamed);
}

TEST_CASE("longer clips, larger pictures, guidance and a step cache need more", "[memory]") {
    const std::int64_t usual = memory_need(large, clip).streamed_bytes;
    for (std::int64_t TransformerWork::*size : {&TransformerWork::tokens_per_frame,
                                                &TransformerWork::latent_frames,
                                                &TransformerWork::batch,
                                                &TransformerWork::prompts,
                                                &TransformerWork::streams_kept}) {
        TransformerWork more = clip;
        more.*size += 1;
        REQUIRE(memory_need(large, more).streamed_bytes > usual);
    }
}

TEST_CASE("what is held between uses is less than what is needed in use", "[memory]") {
    const MemoryNeed need = memory_need(large, clip);
    CHECK(held_bytes(large, Residency::resident, clip.item_bytes) < need.resident_bytes);
    CHECK(held_bytes(large, Residency::streamed, clip.item_bytes) < need.streamed_bytes);
    CHECK(held_bytes(large, Residency::streamed, clip.item_bytes) <
          held_bytes(large, Residency::resident, clip.item_bytes) / 10);
}

TEST_CASE("larger pictures need more, whichever way they go, and a clip more than one of them",
          "[memory]") {
    PictureWork larger = picture;
    larger.pixels *= 2;
    larger.latent_cells *= 2;
    CHECK(encode_need(autoencoder, larger) > encode_need(autoencoder, picture));
    CHECK(decode_need(autoencoder, larger) > decode_need(autoencoder, picture));
    PictureWork clip_of_five = picture;
    clip_of_five.frames = 5;
    CHECK(encode_need(autoencoder, clip_of_five) > encode_need(autoencoder, picture));
    // However long a take is, its frames are decoded one after the other.
    CHECK(decode_need(autoencoder, clip_of_five) == decode_need(autoencoder, picture));
}

TEST_CASE("pictures are encoded in float32 whatever frames are decoded in", "[memory]") {
    PictureWork exact = picture;
    exact.item_bytes = 4;
    CHECK(encode_need(autoencoder, exact) == encode_need(autoencoder, picture));
    CHECK(decode_need(autoencoder, exact) > decode_need(autoencoder, picture));
}

TEST_CASE("a refusal says what is needed, what there is and what to do", "[memory]") {
    CHECK_NOTHROW(require_memory("decoding", 4 * gibibyte, 4 * gibibyte, "raise it"));
    try {
        require_memory("decoding", 4 * gibibyte, 3 * gibibyte, "raise it");
        FAIL("it does not fit");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::out_of_memory);
        CHECK(
            error.what() ==
            std::string("decoding requires 4.0 GiB of memory, but the limit is 3.0 GiB: raise it"));
    }
}

}  // namespace nightreel
