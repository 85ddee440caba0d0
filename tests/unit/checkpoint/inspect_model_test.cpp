#include "pipeline/checkpoint/layout/inspect_model.h"

#include <string>

#include <catch2/catch.hpp>

#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "shotspec/base/files.h"
#include "tests/unit/checkpoint/model_files.h"

namespace fs = std::filesystem;

namespace nightreel {

namespace {

std::string faults_of(const fs::path& folder) {
    std::string faults;
    for (const InspectedPart& part : inspect_model(folder).parts) faults += part.fault;
    return faults;
}

}  // namespace

TEST_CASE("any file of a model that is cut off makes its part a broken one, by the file's name",
          "[inspect]") {
    const ScratchFolder scratch("inspect");
    const fs::path folder = scratch / "model";
    fs::copy("tests/parity/pipelines/wan21_flf2v", folder, fs::copy_options::recursive);
    REQUIRE(faults_of(folder).empty());
    for (const char* name : {"image_encoder/config.json",
                             "image_processor/preprocessor_config.json",
                             "scheduler/scheduler_config.json",
                             "text_encoder/model.safetensors",
                             "tokenizer/tokenizer_config.json",
                             "transformer/config.json",
                             "vae/diffusion_pytorch_model.safetensors"}) {
        const fs::path file = folder / name;
        const std::string sound = read_file(file);
        write_file_atomically(file, sound.substr(0, sound.size() / 2));
        REQUIRE_THAT(faults_of(folder), Catch::Contains(file.string()));
        write_file_atomically(file, sound);
    }
    fs::resize_file(folder / "tokenizer/spiece.model", 0);
    REQUIRE_THAT(faults_of(folder), Catch::Contains("spiece.model: missing or empty"));
}

TEST_CASE("a class of a wrong kind, or none, is refused in words", "[inspect]") {
    const ScratchFolder scratch("inspect");
    write_zeros(scratch / "diffusion_pytorch_model.safetensors", original_transformer(128, 1, 16));
    for (const char* config : {"{}", R"({"_class_name": null})", R"({"_class_name": 7})"}) {
        write_file_atomically(scratch / "config.json", config);
        REQUIRE_THROWS_WITH(inspect_model(scratch.path()),
                            Catch::Contains("config.json: _class_name"));
    }
    write_file_atomically(scratch / "config.json", R"({"_class_name": "WanTransformer3DModel"})");
    REQUIRE_THROWS_WITH(inspect_model(scratch.path()), Catch::Contains("config.json: in_channels"));
}

TEST_CASE("what an autoencoder says of its latents is checked before a card is made of it",
          "[inspect]") {
    const auto shape_of = [](const char* config) {
        return latents_of({nlohmann::json::parse(config), "vae/config.json"});
    };
    REQUIRE(shape_of(R"({"z_dim": 16, "scale_factor_spatial": null})").pixels_per_latent == 8);
    REQUIRE(shape_of(R"({"z_dim": 48})").pixels_per_latent == 16);
    REQUIRE_THROWS_WITH(shape_of("{}"), Catch::Contains("vae/config.json: z_dim: missing"));
    REQUIRE_THROWS_WITH(shape_of(R"({"z_dim": 16, "scale_factor_temporal": "x"})"),
                        Catch::Contains("scale_factor_temporal"));
}

}  // namespace nightreel
