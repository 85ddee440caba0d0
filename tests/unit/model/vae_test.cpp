#include "pipeline/model/vae/vae.h"

#include <filesystem>
#include <fstream>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {

namespace {

const std::filesystem::path tiny_folder = "tests/parity/vae/wan21/vae";
const std::filesystem::path tiny_residual_folder = "tests/parity/vae/wan22_tiled/vae";

WanVae tiny_vae(PrecisionPolicy policy = PrecisionPolicy::float32) {
    return {tiny_folder, at::Device(at::kCPU), policy};
}

WanVae tiny_residual_vae() {
    return {tiny_residual_folder, at::Device(at::kCPU), PrecisionPolicy::float32};
}

at::Tensor smooth(at::IntArrayRef shape) {
    at::Tensor tensor = at::empty(shape, at::kFloat);
    return tensor.copy_(at::arange(tensor.numel(), at::kFloat).mul(0.37).sin().view(shape));
}

at::Tensor decoded(const WanVae& vae, const at::Tensor& latents, DecodeState& state) {
    std::vector<at::Tensor> frames;
    for (const at::Tensor& one : latents.split(1, 2)) {
        frames.push_back(vae.decode_next(one, state));
    }
    return at::cat(frames, 2);
}

// Another test program may run beside this one.
std::filesystem::path scratch_folder() {
    return std::filesystem::temp_directory_path() / fmt::format("nightreel_vae_{}", ::getpid());
}

// A copy of the tiny model's folder whose configuration has one text replaced.
std::filesystem::path changed_folder(const std::string& from, const std::string& to) {
    const std::filesystem::path folder = scratch_folder();
    std::filesystem::remove_all(folder);
    std::filesystem::copy(tiny_folder, folder);
    std::filesystem::permissions(folder / "config.json",
                                 std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
    std::string text = read_file(folder / "config.json");
    const std::size_t place = text.find(from);
    REQUIRE(place != std::string::npos);
    std::ofstream(folder / "config.json") << text.replace(place, from.size(), to);
    return folder;
}

}  // namespace

TEST_CASE("a decoder keeps as many numbers between frames as its dimensions say", "[model]") {
    const std::filesystem::path folder = "models/toybox/vae";
    const WanVae vae(folder, at::Device(at::kCPU), PrecisionPolicy::float32);
    DecodeState state;
    decoded(vae, smooth({1, 16, 3, 4, 6}), state);
    std::int64_t kept = 0;
    for (const auto& [name, tensor] : tensors_of(state)) kept += tensor.numel();
    const Weights weights(folder, "diffusion_pytorch_model");
    CHECK(kept - 1 == 4 * 6 * autoencoder_dimensions(weights.stored()).decoder_kept);
}

TEST_CASE("a copied decode state stands for itself: both go on with the same frames", "[model]") {
    const WanVae vae = tiny_vae();
    const at::Tensor latents = smooth({1, 16, 4, 2, 3});
    DecodeState state;
    (void)decoded(vae, latents.narrow(2, 0, 2), state);
    DecodeState copy = state;
    const at::Tensor first = decoded(vae, latents.narrow(2, 2, 2), state);
    const at::Tensor second = decoded(vae, latents.narrow(2, 2, 2), copy);
    REQUIRE(first.size(2) == 8);
    REQUIRE(at::equal(first, second));
    REQUIRE(copy.latent_frames == 4);
}

TEST_CASE("a saved decode state goes on with the same frames", "[model]") {
    const WanVae vae = tiny_vae(PrecisionPolicy::fast);
    const at::Tensor latents = smooth({1, 16, 4, 2, 3});
    for (const std::int64_t cut : {1, 2, 3}) {
        DecodeState state;
        (void)decoded(vae, latents.narrow(2, 0, cut), state);
        DecodeState again = decode_state_of(tensors_of(state));
        const at::Tensor rest = latents.narrow(2, cut, 4 - cut);
        REQUIRE(at::equal(decoded(vae, rest, state), decoded(vae, rest, again)));
    }
    REQUIRE_THROWS_AS(decode_state_of({}), Error);
}

TEST_CASE("latents of a clip's beginning do not depend on its end", "[model]") {
    const WanVae vae = tiny_vae();
    const at::Tensor video = smooth({1, 3, 9, 16, 24});
    const at::Tensor whole = vae.encode(video);
    REQUIRE(whole.sizes() == at::IntArrayRef({1, 16, 3, 2, 3}));
    REQUIRE(at::equal(vae.encode(video.narrow(2, 0, 5)), whole.narrow(2, 0, 2)));
    REQUIRE(at::equal(vae.encode(video.narrow(2, 0, 1)), whole.narrow(2, 0, 1)));
}

TEST_CASE("encoding is in float32 under every policy, decoding is near it", "[model]") {
    const WanVae exact = tiny_vae();
    const WanVae quick = tiny_vae(PrecisionPolicy::fast);
    const at::Tensor video = smooth({1, 3, 5, 16, 24});
    REQUIRE(at::equal(exact.encode(video), quick.encode(video)));
    const at::Tensor latents = smooth({1, 16, 3, 2, 3});
    DecodeState one;
    DecodeState other;
    const at::Tensor difference = decoded(exact, latents, one) - decoded(quick, latents, other);
    const bool is_rounded = decoder_type(at::Device(at::kCPU), PrecisionPolicy::fast) != at::kFloat;
    REQUIRE((difference.abs().mean().item<double>() > 0) == is_rounded);
    REQUIRE(difference.abs().mean().item<double>() < 0.01);
}

TEST_CASE("normalised and denormalised latents are each other's opposite", "[model]") {
    const WanVae vae = tiny_vae();
    const at::Tensor latents = smooth({2, 16, 2, 3, 2});
    REQUIRE(at::allclose(vae.normalised(vae.denormalised(latents)), latents, 1e-5, 1e-5));
    REQUIRE_FALSE(at::allclose(vae.denormalised(latents), latents));
}

TEST_CASE("tiles cut from a picture and joined give it back", "[model]") {
    for (const auto& [height, width] : {std::pair{40, 56}, {32, 32}, {33, 80}, {56, 31}}) {
        const Tiling tiling{32, 32, 24, 24};
        const at::Tensor picture = smooth({1, 2, 3, height, width});
        std::vector<std::vector<at::Tensor>> tiles;
        for (std::int64_t row = 0; row < tile_rows(tiling, height); ++row) {
            tiles.emplace_back();
            for (std::int64_t column = 0; column < tile_columns(tiling, width); ++column) {
                tiles.back().push_back(tile_of(picture, tiling, row, column));
            }
        }
        CAPTURE(height, width);
        REQUIRE(at::allclose(joined_tiles(tiles, tiling, height, width), picture, 1e-5, 1e-6));
    }
}

TEST_CASE("a picture of one tile's size is not cut", "[model]") {
    const WanVae vae = tiny_vae();
    const at::Tensor latents = smooth({1, 16, 2, 4, 4});
    const Tiling tiling{32, 32, 24, 24};
    DecodeState whole;
    DecodeState tiled;
    for (const at::Tensor& one : latents.split(1, 2)) {
        REQUIRE(at::equal(vae.decode_next(one, whole), vae.decode_next(one, tiled, tiling)));
    }
}

TEST_CASE("patches of a picture and pictures of its patches are each other's opposite", "[model]") {
    const at::Tensor pictures = smooth({2, 3, 5, 4, 6});
    const at::Tensor patches = patches_of(pictures, 2);
    REQUIRE(patches.sizes() == at::IntArrayRef({2, 12, 5, 2, 3}));
    REQUIRE(at::equal(pictures_of(patches, 2), pictures));
    // Channel 1, one column to the right and one row down within the patch.
    REQUIRE(at::equal(patches[1][7][4][1][2], pictures[1][1][4][3][5]));
    REQUIRE(at::equal(patches[1][5][4][1][2], pictures[1][1][4][3][4]));
}

TEST_CASE("averaging what was repeated gives it back, except before the first frame", "[model]") {
    const at::Tensor x = smooth({1, 8, 2, 3, 4});
    for (const StageFactors factors :
         {StageFactors{1, 2}, StageFactors{2, 2}, StageFactors{2, 1}}) {
        const at::Tensor larger = repeated_cells(x, 4, factors, false);
        REQUIRE(larger.size(2) == 2 * factors.time);
        REQUIRE(larger.size(3) == 3 * factors.side);
        REQUIRE(at::allclose(averaged_cells(larger, 8, factors), x, 1e-6, 1e-6));
        REQUIRE(repeated_cells(x, 4, factors, true).size(2) == factors.time + 1);
    }
    // A first frame alone is averaged with a frame of zeros before it.
    const at::Tensor one = at::ones({1, 4, 1, 2, 2});
    REQUIRE(at::equal(averaged_cells(one, 4, {2, 2}), at::full({1, 4, 1, 1, 1}, 0.5)));
}

TEST_CASE("clips go through an autoencoder with shortcuts piece by piece, too", "[model]") {
    const WanVae vae = tiny_residual_vae();
    REQUIRE(vae.config().pixels_per_latent() == 16);
    const at::Tensor video = smooth({1, 3, 9, 32, 48});
    const at::Tensor whole = vae.encode(video);
    REQUIRE(whole.sizes() == at::IntArrayRef({1, 48, 3, 2, 3}));
    REQUIRE(at::equal(vae.encode(video.narrow(2, 0, 5)), whole.narrow(2, 0, 2)));
    REQUIRE(at::equal(vae.encode(video.narrow(2, 0, 1)), whole.narrow(2, 0, 1)));
    DecodeState state;
    const at::Tensor frames = decoded(vae, whole, state);
    REQUIRE(frames.sizes() == video.sizes());
    DecodeState cut;
    (void)decoded(vae, whole.narrow(2, 0, 1), cut);
    cut = decode_state_of(tensors_of(cut));
    REQUIRE(at::equal(decoded(vae, whole.narrow(2, 1, 2), cut), frames.narrow(2, 1, 8)));
}

TEST_CASE("an autoencoder of another kind is refused, with the key that says so", "[model]") {
    const auto open = [](const std::filesystem::path& folder) {
        return WanVae(folder, at::Device(at::kCPU), PrecisionPolicy::float32);
    };
    REQUIRE_THROWS_WITH(open(changed_folder("\"is_residual\": false", "\"is_residual\": true")),
                        Catch::Contains("config.json") && Catch::Contains("dim_mult"));
    REQUIRE_THROWS_WITH(open(changed_folder("\"in_channels\": 3", "\"in_channels\": 12")),
                        Catch::Contains("config.json") && Catch::Contains("in_channels"));
    REQUIRE_THROWS_WITH(open(changed_folder("\"base_dim\": 4", "\"base_dim\": 5")),
                        Catch::Contains("encoder.conv_in.weight"));
    REQUIRE_THROWS_WITH(open(changed_folder("\"num_res_blocks\": 2", "\"num_res_blocks\": 1")),
                        Catch::Contains("encoder.down_blocks"));
    REQUIRE_THROWS_WITH(open(changed_folder("2.8184", "0.0")), Catch::Contains("latents_std"));
    std::filesystem::remove_all(scratch_folder());
}

}  // namespace nightreel
