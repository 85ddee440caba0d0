#include "pipeline/checkpoint/layout/original_layout.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/unit/checkpoint/model_files.h"

namespace nightreel {

TEST_CASE("a folder as the original repositories publish it has its parts by their file names",
          "[layout]") {
    const ScratchFolder scratch("layout");
    write_zeros(scratch / "diffusion_pytorch_model.safetensors", original_transformer(128, 2, 16));
    write_file_atomically(scratch / "Wan2.1_VAE.pth", "x");
    write_file_atomically(scratch / "models_t5_umt5-xxl-enc-bf16.pth", "x");
    std::filesystem::create_directories(scratch / "google/umt5-xxl");
    const ModelFolder folder = open_model_folder(scratch.path());
    REQUIRE(folder.layout == ModelLayout::original);
    REQUIRE(folder.pipeline_class == "WanPipeline");
    REQUIRE(folder.folder_of("transformer") == scratch.path());
    REQUIRE(folder.folder_of("vae") == scratch / "Wan2.1_VAE.pth");
    REQUIRE(folder.folder_of("text_encoder") == scratch / "models_t5_umt5-xxl-enc-bf16.pth");
    REQUIRE(folder.folder_of("tokenizer") == scratch / "google/umt5-xxl");
    REQUIRE_FALSE(folder.has("image_encoder"));
    REQUIRE(folder.options["expand_timesteps"] == false);
    REQUIRE_THROWS_WITH(folder.folder_of("image_encoder"),
                        Catch::Contains("image_encoder: missing"));
}

TEST_CASE("a converted file is preferred to the pickle beside it", "[layout]") {
    const ScratchFolder scratch("layout");
    write_zeros(scratch / "model.safetensors", original_transformer(128, 1, 16));
    write_file_atomically(scratch / "Wan2.1_VAE.pth", "x");
    write_file_atomically(scratch / "Wan2.1_VAE.safetensors", "x");
    REQUIRE(open_model_folder(scratch.path()).folder_of("vae") ==
            scratch / "Wan2.1_VAE.safetensors");
}

TEST_CASE("two experts are the transformer of high noise and the second of low noise", "[layout]") {
    const ScratchFolder scratch("layout");
    const std::string file = "diffusion_pytorch_model-00001-of-00001.safetensors";
    write_zeros(scratch / "high_noise_model" / file, original_transformer(128, 1, 36));
    write_zeros(scratch / "low_noise_model" / file, original_transformer(128, 1, 36));
    const ModelFolder folder = open_model_folder(scratch.path());
    REQUIRE(folder.folder_of("transformer") == scratch / "high_noise_model");
    REQUIRE(folder.folder_of("transformer_2") == scratch / "low_noise_model");
    REQUIRE(folder.pipeline_class == "WanImageToVideoPipeline");
    REQUIRE(folder.options["boundary_ratio"] == 0.900);
}

TEST_CASE("the one model with a timestep for each token is known by its 48 channels", "[layout]") {
    const ScratchFolder scratch("layout");
    write_zeros(scratch / "model.safetensors", original_transformer(128, 1, 48));
    const ModelFolder folder = open_model_folder(scratch.path());
    REQUIRE(folder.options["expand_timesteps"] == true);
    REQUIRE(folder.pipeline_class == "WanPipeline");
}

TEST_CASE("a folder without a transformer is no model", "[layout]") {
    const ScratchFolder scratch("layout");
    write_file_atomically(scratch / "Wan2.1_VAE.pth", "x");
    REQUIRE_FALSE(find_original_layout(scratch.path()));
    REQUIRE_THROWS_WITH(open_model_folder(scratch.path()), Catch::Contains("model_index.json"));
}

}  // namespace nightreel
