#include "pipeline/model/vision/clip_vision.h"

#include <filesystem>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/model/vision/picture_preparation.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

// The reference's own values stand in tests/parity/pipelines/wan21_flf2v; here are the laws.

namespace nightreel {

namespace {

namespace fs = std::filesystem;

const fs::path tower_folder = "tests/parity/pipelines/wan21_flf2v/image_encoder";

// A copy of the tiny tower that can be changed.
class Tower {
  public:
    Tower() : tensors(read_safetensors(tower_folder / "model.safetensors")) {}

    ClipVision open() const {
        write_file_atomically(folder_.path() / "config.json", config);
        write_safetensors(folder_.path() / "model.safetensors", tensors);
        return {folder_.path(), at::Device(at::kCPU)};
    }

    at::Tensor read() const {
        const at::Tensor pixels = at::arange(2 * 3 * 32 * 32, at::kFloat).mul(0.1).sin();
        return open().read(pixels.view({2, 3, 32, 32}));
    }

    NamedTensors tensors;
    std::string config = read_file(tower_folder / "config.json");

  private:
    TemporaryFolder folder_;
};

std::string changed(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("a picture is a row for each patch and one for the whole", "[model]") {
    const Tower tower;
    REQUIRE(tower.read().sizes() == at::IntArrayRef{2, 17, 16});
    REQUIRE(tower.open().config().tokens() == 17);
}

TEST_CASE("what is read lies before the last layer and behind the one before it", "[model]") {
    Tower tower;
    const at::Tensor rows = tower.read();
    const auto doubled = [&](const std::string& name) {
        Tower other;
        other.tensors.at(name) = other.tensors.at(name) * 2;
        return other.read();
    };
    const std::string layers = "vision_model.encoder.layers.";
    REQUIRE(at::equal(doubled(layers + "2.mlp.fc2.weight"), rows));
    REQUIRE(at::equal(doubled("vision_model.post_layernorm.weight"), rows));
    REQUIRE_FALSE(at::allclose(doubled(layers + "1.mlp.fc2.weight"), rows));
}

TEST_CASE("a picture is read alone as it is among others", "[model]") {
    const ClipVision tower = Tower().open();
    const at::Tensor pixels = at::arange(2 * 3 * 32 * 32, at::kFloat).mul(0.1).sin();
    const at::Tensor both = tower.read(pixels.view({2, 3, 32, 32}));
    const at::Tensor second = tower.read(pixels.view({2, 3, 32, 32}).narrow(0, 1, 1));
    REQUIRE(at::allclose(both.narrow(0, 1, 1), second, 1e-5, 1e-5));
}

TEST_CASE("a tower that is not whole, or another one, is refused by name", "[model]") {
    Tower tower;
    tower.tensors.erase("vision_model.encoder.layers.2.mlp.fc1.bias");
    REQUIRE_THROWS_WITH(tower.open(), Catch::Contains("layers.2.mlp.fc1.bias"));
    Tower wide;
    wide.config = changed(wide.config, "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"");
    REQUIRE_THROWS_WITH(wide.open(), Catch::Contains("hidden_act"));
    Tower deep;
    deep.config = changed(deep.config, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");
    REQUIRE_THROWS_WITH(deep.open(),
                        Catch::Contains("num_hidden_layers = 4, but the weights have 3 layers"));
    Tower other;
    other.tensors["vision_model.encoder.extra"] = at::ones({1});
    REQUIRE_THROWS_WITH(other.open(), Catch::Contains("encoder.extra"));
}

TEST_CASE("rules that are not CLIP's own are refused by key", "[model]") {
    const fs::path rules = tower_folder.parent_path() / "image_processor";
    REQUIRE(read_picture_rules(rules, 32).shortest_edge == 32);
    const TemporaryFolder folder;
    const std::string text = read_file(rules / "preprocessor_config.json");
    const auto refused = [&](const std::string& from, const std::string& to, const char* key) {
        write_file_atomically(folder.path() / "preprocessor_config.json", changed(text, from, to));
        REQUIRE_THROWS_WITH(read_picture_rules(folder.path(), 32), Catch::Contains(key));
    };
    refused("\"do_normalize\": true", "\"do_normalize\": false", "do_normalize");
    refused("\"resample\": 3", "\"resample\": 0", "resample");
    refused("\"shortest_edge\": 32", "\"shortest_edge\": 31", "crop_size");
    refused("0.48145466,", "", "image_mean");
    refused("0.26862954", "0.0", "image_std");
    REQUIRE_THROWS_WITH(read_picture_rules(rules, 28), Catch::Contains("crop_size"));
}

}  // namespace nightreel
