#include "shotspec/card/legal_values.h"

#include <catch2/catch.hpp>

#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

ModelCard card_of_any_size() {
    ModelCard card;
    card.name = "wide";
    card.size_multiple = 16;
    card.size_max = 1280;
    return card;
}

Length length(std::string_view word) {
    return TextForm<Length>::read(word).value();
}

}  // namespace

TEST_CASE("a legal size is its own nearest", "[shotspec]") {
    CHECK(nearest_size({1280, 720}, card_of_any_size()) == PictureSize{1280, 720});
    ModelCard listed = card_of_any_size();
    listed.sizes = {{96, 64}, {192, 112}};
    CHECK(nearest_size({192, 112}, listed) == PictureSize{192, 112});
}

TEST_CASE("the nearest legal size is legal whatever was asked", "[shotspec]") {
    const ModelCard card = card_of_any_size();
    for (const std::int32_t side : {1, 7, 8, 15, 17, 1000, 1279, 1281, 2'147'483'647}) {
        const PictureSize size = nearest_size({side, side}, card);
        CHECK(size.width % 16 == 0);
        CHECK(size.width >= 16);
        CHECK(size.width <= 1280);
        CHECK(nearest_size(size, card) == size);
    }
    CHECK(nearest_size({1000, 7}, card) == PictureSize{1008, 16});
    ModelCard listed = card;
    listed.sizes = {{96, 64}, {192, 112}};
    CHECK(nearest_size({2'147'483'647, 1}, listed) == PictureSize{96, 64});
    CHECK(nearest_size({150, 100}, listed) == PictureSize{192, 112});
}

TEST_CASE("a card with other sizes takes multiples, and warns of other numbers of pixels",
          "[shotspec]") {
    ModelCard card = card_of_any_size();
    card.sizes = {{832, 480}, {480, 832}, {1280, 720}};
    CHECK(nearest_size({960, 528}, card) == PictureSize{832, 480});
    card.other_sizes = true;
    CHECK(nearest_size({960, 528}, card) == PictureSize{960, 528});
    CHECK(nearest_size({960, 540}, card) == PictureSize{960, 544});
    CHECK(nearest_size({1920, 1088}, card).width == 1280);
    CHECK(size_warning({960, 528}, card).empty());
    CHECK(size_warning({1280, 720}, card).empty());
    CHECK(size_warning({1280, 1280}, card) ==
          "1280x1280 has more pixels than the sizes that wide was trained on, 832x480 to 1280x720; "
          "pictures may be worse");
    CHECK(size_warning({64, 64}, card).find("64x64 has fewer pixels") == 0);
    card.sizes.clear();
    CHECK(size_warning({64, 64}, card).empty());
}

TEST_CASE("a size has the shift that the card gives for it", "[shotspec]") {
    ModelCard card = card_of_any_size();
    card.shift_by_size = {{{832, 480}, 3.0}};
    CHECK(shift_at({832, 480}, card, 5.0) == 3.0);
    CHECK(shift_at({480, 832}, card, 5.0) == 5.0);
}

TEST_CASE("seconds become frames only when they are whole ones", "[shotspec]") {
    CHECK(whole_frames(length("8s"), {12, 1}).count == 96);
    CHECK(whole_frames(length("2.5s"), {12, 1}).count == 30);
    CHECK(whole_frames(length("1001s"), {24000, 1001}).count == 24'000);
    CHECK(whole_frames(length("7f"), {12, 1}).count == 7);
    CHECK(whole_frames(length("1000000s"), {1'000'000, 1}).count == 1'000'000'000'000);
    const WholeFrames between = whole_frames(length("2.1s"), {12, 1});
    CHECK(between.problem ==
          "2.1s is 25.2 frames at 12 a second; the nearest whole lengths are 25f (2.08333s) and "
          "26f (2.16667s)");
    CHECK(whole_frames(length("0.01s"), {12, 1}).problem.find(" 0f") == std::string::npos);
    CHECK_FALSE(whole_frames(length("0f"), {12, 1}).problem.empty());
    CHECK_FALSE(whole_frames(length("0s"), {12, 1}).problem.empty());
}

TEST_CASE("segments and overlaps lie on the model's latent grid", "[shotspec]") {
    ModelCard card = card_of_any_size();
    card.window = {
        .latent_frames_min = 5, .latent_frames_max = 9, .latent_frames = 5, .overlap = 2};
    for (std::int32_t latents = 5; latents <= 9; ++latents) {
        const Length exact{LengthUnit::frames, frames_of_segment(latents, card)};
        CHECK(segment_latents(exact, {12, 1}, card).latents == latents);
        CHECK(segment_latents(exact, {12, 1}, card).problem.empty());
    }
    CHECK(segment_latents(length("18f"), {12, 1}, card).problem.ends_with("the nearest is 17f"));
    CHECK(segment_latents(length("19f"), {12, 1}, card).problem.ends_with("the nearest is 21f"));
    CHECK(segment_latents(length("1f"), {12, 1}, card).problem.ends_with("the nearest is 17f"));
    CHECK(segment_latents(length("9000000000000000000f"), {12, 1}, card)
              .problem.ends_with("the nearest is 33f"));
    CHECK(overlap_latents(length("8f"), {12, 1}, card).latents == 2);
    CHECK(overlap_latents(length("0f"), {12, 1}, card).latents == 0);
    CHECK(overlap_latents(length("0f"), {12, 1}, card).problem.empty());
    CHECK(overlap_latents(length("7f"), {12, 1}, card).problem.ends_with("the nearest is 8f"));
    CHECK(overlap_latents(length("9000000000000000000f"), {12, 1}, card)
              .problem.ends_with("the nearest is 32f"));
}

TEST_CASE("rates are compared as fractions", "[shotspec]") {
    CHECK(is_same_rate({24, 1}, {48, 2}));
    CHECK_FALSE(is_same_rate({24, 1}, {24000, 1001}));
}

}  // namespace nightreel
