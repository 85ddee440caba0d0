#include "pipeline/preflight/check_models.h"

#include <catch2/catch.hpp>

#include "tests/unit/checkpoint/model_files.h"
#include "tests/unit/preflight/night_stage.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* weights = "transformer/diffusion_pytorch_model.safetensors";

// A model of one transformer.
void write_model(const NightStage& stage) {
    stage.write_card("small", "");
    stage.write("small/model_index.json",
                R"({"_class_name": "WanPipeline",
                    "transformer": ["diffusers", "WanTransformer3DModel"]})");
    fs::create_directories(stage.path() / "small/transformer");
    write_zeros(stage.path() / "small" / weights, original_transformer(128, 1, 16));
}

Strings told_of_model(const NightStage& stage) {
    return NightStage::told(
        stage.check("nightreel: 1\nshow: aurora\ndefaults: { model: small }\nshots:\n"
                    "  - { shot: a, frames: 17, prompt: a star }\n"
                    "  - { shot: b, frames: 17, prompt: a star }\n"));
}

}  // namespace

TEST_CASE("a model whose headers can be read is not complained of", "[preflight]") {
    const NightStage stage;
    write_model(stage);
    CHECK(told_of_model(stage).empty());
}

TEST_CASE("a truncated file, and one that Git LFS has left out, are found once, at the model",
          "[preflight]") {
    const NightStage stage;
    write_model(stage);
    const fs::path file = stage.path() / "small" / weights;
    fs::resize_file(file, fs::file_size(file) - 1);
    const Strings truncated = told_of_model(stage);
    REQUIRE(truncated.size() == 1);
    CHECK(truncated[0].starts_with("3:20: defaults.model: small cannot be used: " + file.string()));
    CHECK(truncated[0].find("truncated") != std::string::npos);
    stage.write(std::string("small/") + weights,
                "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n");
    CHECK(told_of_model(stage) ==
          Strings{"3:20: defaults.model: small cannot be used: " + file.string() +
                  ": is a Git LFS pointer, not the file itself; run git lfs pull"});
    stage.write(std::string("small/") + weights, "");
    CHECK(told_of_model(stage).size() == 1);
}

}  // namespace nightreel
