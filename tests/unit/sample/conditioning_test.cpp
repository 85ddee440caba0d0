#include "pipeline/sample/conditioning.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

namespace nightreel {

namespace {

const WanVae& tiny_vae() {
    static const WanVae vae(
        "tests/parity/pipelines/wan21_t2v/vae", at::Device(at::kCPU), PrecisionPolicy::float32);
    return vae;
}

at::Tensor pixels(std::int64_t frames, std::int64_t rows, std::int64_t columns, double scale) {
    return at::arange(3 * frames * rows * columns, at::kFloat)
        .mul(scale)
        .sin()
        .view({1, 3, frames, rows, columns});
}

at::Tensor mask_of(std::int64_t frames, double value) {
    return at::full({1, 1, frames, 16, 24}, value);
}

}  // namespace

TEST_CASE("a given first picture is marked in all mask channels of latent frame 0 alone",
          "[sample]") {
    const at::Tensor channels = picture_channels(tiny_vae(), pixels(1, 16, 24, 0.7), {}, 9);
    REQUIRE(channels.sizes() == at::IntArrayRef{1, 20, 3, 2, 3});
    const at::Tensor mask = channels.narrow(1, 0, 4);
    REQUIRE(mask.narrow(2, 0, 1).eq(1).all().item<bool>());
    REQUIRE(mask.narrow(2, 1, 2).eq(0).all().item<bool>());
}

TEST_CASE("a given last picture is marked in the last mask channel of the last latent frame",
          "[sample]") {
    const at::Tensor first = pixels(1, 16, 24, 0.7);
    const at::Tensor channels = picture_channels(tiny_vae(), first, pixels(1, 16, 24, 0.3), 9);
    const at::Tensor last = channels.narrow(1, 0, 4).select(2, 2);
    REQUIRE(last.narrow(1, 3, 1).eq(1).all().item<bool>());
    REQUIRE(last.narrow(1, 0, 3).eq(0).all().item<bool>());
    // The last picture is seen by latent frames from its own on, and by none before.
    const at::Tensor alone = picture_channels(tiny_vae(), first, {}, 9);
    REQUIRE(at::equal(channels.narrow(2, 0, 2), alone.narrow(2, 0, 2)));
    REQUIRE_FALSE(at::allclose(channels.narrow(1, 4, 16), alone.narrow(1, 4, 16)));
}

TEST_CASE("latent frame 0 of given pictures is the first picture encoded alone", "[sample]") {
    const at::Tensor first = pixels(1, 16, 24, 0.7);
    const at::Tensor channels = picture_channels(tiny_vae(), first, {}, 5);
    REQUIRE(at::equal(channels.narrow(1, 4, 16).narrow(2, 0, 1), tiny_vae().encode(first)));
}

TEST_CASE("a control clip is divided by its mask cut at one half, and its channels keep the mask",
          "[sample]") {
    const at::Tensor video = pixels(5, 16, 24, 0.7);
    const at::Tensor kept = control_channels(tiny_vae(), {video, mask_of(5, 0.5)}, {});
    const at::Tensor made = control_channels(tiny_vae(), {video, mask_of(5, 0.51)}, {});
    REQUIRE(kept.sizes() == at::IntArrayRef{1, 96, 2, 2, 3});
    const at::Tensor clip = tiny_vae().encode(video);
    const at::Tensor grey = tiny_vae().encode(at::zeros_like(video));
    REQUIRE(at::equal(kept.narrow(1, 0, 16), clip));
    REQUIRE(at::equal(kept.narrow(1, 16, 16), grey));
    REQUIRE(at::equal(made.narrow(1, 0, 16), grey));
    REQUIRE(at::equal(made.narrow(1, 16, 16), clip));
    REQUIRE(kept.narrow(1, 32, 64).eq(0.5).all().item<bool>());
    REQUIRE(at::allclose(made.narrow(1, 32, 64), at::full({1}, 0.51)));
}

TEST_CASE("latent frame 0 of a control mask looks at frame 1, and each pixel has its channel",
          "[sample]") {
    at::Tensor mask = mask_of(5, 0);
    // Row 3, column 5 of the cell in row 1, column 2.
    mask[0][0][1][8 + 3][16 + 5] = 1;
    const at::Tensor channels =
        control_channels(tiny_vae(), {at::zeros({1, 3, 5, 16, 24}), mask}, {}).narrow(1, 32, 64);
    REQUIRE(channels.sum().item<double>() == 1);
    REQUIRE(channels[0][3 * 8 + 5][0][1][2].item<double>() == 1);
}

TEST_CASE("references stand in front of a control clip, the last one first, under no mask",
          "[sample]") {
    const at::Tensor references = at::cat(
        {tiny_vae().encode(pixels(1, 16, 24, 0.2)), tiny_vae().encode(pixels(1, 16, 24, 0.9))}, 2);
    const ControlClip empty = empty_control(5, 16, 24);
    const at::Tensor channels = control_channels(tiny_vae(), empty, references);
    REQUIRE(channels.size(2) == 4);
    REQUIRE(at::equal(channels.narrow(1, 0, 16).select(2, 0), references.select(2, 1)));
    REQUIRE(at::equal(channels.narrow(1, 0, 16).select(2, 1), references.select(2, 0)));
    REQUIRE(channels.narrow(1, 16, 80).narrow(2, 0, 2).eq(0).all().item<bool>());
    REQUIRE(at::equal(channels.narrow(2, 2, 2), control_channels(tiny_vae(), empty, {})));
}

TEST_CASE("a reference is as large as fits, in the middle of white", "[sample]") {
    const at::Tensor black = at::full({1, 3, 1, 8, 16}, -1.0);
    const at::Tensor canvas = on_canvas(black, 32, 32);
    REQUIRE(canvas.sizes() == at::IntArrayRef{1, 3, 1, 32, 32});
    REQUIRE(canvas.narrow(3, 8, 16).eq(-1).all().item<bool>());
    REQUIRE(canvas.narrow(3, 0, 8).eq(1).all().item<bool>());
    REQUIRE(canvas.narrow(3, 24, 8).eq(1).all().item<bool>());
}

TEST_CASE("latents at level 0 are themselves and at level 1 the noise", "[sample]") {
    const at::Tensor latents = pixels(1, 2, 2, 0.3);
    const at::Tensor noise = pixels(1, 2, 2, 0.8);
    REQUIRE(at::equal(noised(latents, noise, 0), latents));
    REQUIRE(at::equal(noised(latents, noise, 1), noise));
}

}  // namespace nightreel
