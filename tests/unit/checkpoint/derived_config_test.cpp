#include "pipeline/checkpoint/layout/derived_config.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/checkpoint/layout/model_folder.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/unit/checkpoint/model_files.h"

namespace nightreel {
namespace {

const std::filesystem::path layouts = "tests/parity/layouts";

nlohmann::json without_private_keys(nlohmann::json config) {
    config.erase("_diffusers_version");
    config.erase("rope_max_seq_len");  // of the test models alone
    return config;
}

}  // namespace

TEST_CASE("a transformer's configuration comes from its shapes and the original head count",
          "[config]") {
    const StoredPart part(layouts / "t2v/original", "diffusion_pytorch_model");
    const nlohmann::json wanted =
        JsonConfig::read(layouts / "t2v/transformer/config.json").object();
    const nlohmann::json derived = derived_config(part, {{"dim", 24}, {"num_heads", 2}});
    REQUIRE(without_private_keys(derived) == without_private_keys(wanted));
}

TEST_CASE("an autoencoder's configuration comes from its shapes", "[config]") {
    const StoredPart part(layouts / "vae21/original/Wan2.1_VAE.safetensors", "");
    const nlohmann::json wanted = JsonConfig::read(layouts / "vae21/vae/config.json").object();
    REQUIRE(without_private_keys(derived_config(part)) == without_private_keys(wanted));
}

TEST_CASE("without any configuration heads have 128 channels, as published models have them",
          "[config]") {
    const ScratchFolder scratch("config");
    write_zeros(scratch / "model.safetensors", original_transformer(384, 3, 48));
    const nlohmann::json config = part_config_of(scratch.path());
    REQUIRE(config["num_attention_heads"] == 3);
    REQUIRE(config["attention_head_dim"] == 128);
    REQUIRE(config["num_layers"] == 3);
    REQUIRE(config["in_channels"] == 48);
    REQUIRE(config["image_dim"].is_null());

    write_zeros(scratch / "model.safetensors", original_transformer(200, 3, 16));
    REQUIRE_THROWS_WITH(part_config_of(scratch.path()),
                        Catch::Contains("patch_embedding.weight") && Catch::Contains("200") &&
                            Catch::Contains("config.json"));
}

TEST_CASE("variants of the transformer are told from the tensors that only they have", "[config]") {
    const ScratchFolder scratch("config");
    const std::filesystem::path file = scratch / "model.safetensors";
    Shapes shapes = original_transformer(128, 4, 36);
    shapes["img_emb.proj.0.weight"] = {20};
    shapes["img_emb.emb_pos"] = {1, 514, 20};
    shapes["blocks.0.cross_attn.k_img.weight"] = {128, 128};
    write_zeros(file, shapes);
    nlohmann::json config = part_config_of(scratch.path());
    REQUIRE(config["image_dim"] == 20);
    REQUIRE(config["added_kv_proj_dim"] == 128);
    REQUIRE(config["pos_embed_seq_len"] == 514);

    shapes = original_transformer(128, 4, 16);
    shapes["vace_patch_embedding.weight"] = {128, 96, 1, 2, 2};
    for (int i = 0; i < 2; ++i) shapes[fmt::format("vace_blocks.{}.ffn.0.weight", i)] = {8, 128};
    write_zeros(file, shapes);
    config = part_config_of(scratch.path());
    REQUIRE(config["_class_name"] == "WanVACETransformer3DModel");
    REQUIRE(config["vace_in_channels"] == 96);
    REQUIRE(config["vace_layers"] == nlohmann::json({0, 2}));

    shapes = original_transformer(128, 4, 16);
    shapes["fps_embedding.weight"] = {2, 128};
    write_zeros(file, shapes);
    config = part_config_of(scratch.path());
    REQUIRE(config["_class_name"] == "SkyReelsV2Transformer3DModel");
    REQUIRE(config["inject_sample_info"] == true);
}

TEST_CASE("an original config.json is put in diffusers' words, one of diffusers is left alone",
          "[config]") {
    const ScratchFolder scratch("config");
    write_zeros(scratch / "diffusion_pytorch_model.safetensors", original_transformer(384, 2, 16));
    write_file_atomically(scratch / "config.json",
                          R"({"_class_name": "WanModel", "dim": 384, "num_heads": 6, "eps": 1e-5,
            "inject_sample_info": false})");
    nlohmann::json config = part_config_of(scratch.path());
    REQUIRE(config["_class_name"] == "SkyReelsV2Transformer3DModel");
    REQUIRE(config["inject_sample_info"] == false);
    REQUIRE(config["attention_head_dim"] == 64);
    REQUIRE(config["eps"] == 1e-5);
    write_file_atomically(scratch / "config.json", R"({"_class_name": "Other"})");
    REQUIRE(part_config_of(scratch.path()) == nlohmann::json{{"_class_name", "Other"}});
}

TEST_CASE("tensors of no known network are refused without a configuration", "[config]") {
    const ScratchFolder scratch("config");
    write_zeros(scratch / "model.safetensors", {{"a.weight", {2}}});
    REQUIRE_THROWS_WITH(part_config_of(scratch.path()), Catch::Contains("no network"));
}

}  // namespace nightreel
