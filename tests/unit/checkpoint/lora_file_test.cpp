#include "pipeline/checkpoint/layout/lora_file.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <span>

#include <catch2/catch.hpp>

#include "pipeline/checkpoint/format/safetensors_header.h"
#include "pipeline/checkpoint/format/stored_scalar.h"
#include "shotspec/base/error.h"
#include "tests/unit/checkpoint/model_files.h"

namespace nightreel {
namespace {

// A file of zeros, but for its alphas.
struct WrittenLora {
    Shapes shapes;
    std::map<std::string, float> alphas = {};
    TextMetadata metadata = {};
    std::optional<std::string> adapter_config = {};
};

LoraLayers layers_of(const WrittenLora& lora) {
    std::map<std::string, TensorFacts, std::less<>> facts;
    for (const auto& [name, shape] : lora.shapes) facts[name] = {ElementType::float32, shape};
    for (const auto& [name, alpha] : lora.alphas) facts[name] = {ElementType::float32, {}};
    std::string file = safetensors_header_bytes(facts, lora.metadata);
    for (const auto& [name, fact] : facts) {
        std::string data(bytes_of_shape(fact.shape, 4).value(), '\0');
        if (const auto alpha = lora.alphas.find(name); alpha != lora.alphas.end()) {
            std::memcpy(data.data(), &alpha->second, sizeof(float));
        }
        file += data;
    }
    const auto bytes = std::as_bytes(std::span(file));
    const SafetensorsHeader header = read_safetensors_header(bytes, "a.safetensors");
    return read_lora_layers(
        bytes, header.tensors, header.metadata, "a.safetensors", lora.adapter_config);
}

Shapes pair_of(const std::string& down, const std::string& up) {
    return {{down, {2, 8}}, {up, {6, 2}}};
}

TextMetadata settings(const std::string& json) {
    return {{"lora_adapter_metadata", json}};
}

}  // namespace

TEST_CASE("every way of naming a pair of matrices finds the same layer", "[lora]") {
    const std::string q = "blocks.11.attn1.to_q";
    const std::vector<Shapes> files = {
        pair_of("transformer." + q + ".lora_A.weight", "transformer." + q + ".lora_B.weight"),
        pair_of(q + ".lora_A.default.weight", q + ".lora_B.default.weight"),
        pair_of("transformer." + q + ".lora_A.ink.weight",
                "transformer." + q + ".lora_B.ink.weight"),
        pair_of(q + ".lora.down.weight", q + ".lora.up.weight"),
        pair_of("diffusion_model.blocks.11.self_attn.q.lora_A.weight",
                "diffusion_model.blocks.11.self_attn.q.lora_B.weight"),
        pair_of("blocks.11.self_attn.q.lora_down.weight", "blocks.11.self_attn.q.lora_up.weight"),
        pair_of("lora_unet_blocks_11_self_attn_q.lora_down.weight",
                "lora_unet_blocks_11_self_attn_q.lora_up.weight"),
        pair_of("pipe.dit.blocks.11.self_attn.q.lora_A.default.weight",
                "pipe.dit.blocks.11.self_attn.q.lora_B.default.weight"),
        pair_of("module.diffusion_model.blocks.11.self_attn.q.lora_down.weight",
                "module.diffusion_model.blocks.11.self_attn.q.lora_up.weight"),
        pair_of("lora_unet_blocks_11.self_attn.q.lora_down.weight",
                "lora_unet_blocks_11.self_attn.q.lora_up.weight"),
        pair_of("unet." + q + ".lora_A.weight", "unet." + q + ".lora_B.weight"),
        pair_of("blocks.11.self_attn.q.lora_A", "blocks.11.self_attn.q.lora_B"),
        pair_of("lora_unet_blocks_11_attn1_to_q.lora_down.weight",
                "lora_unet_blocks_11_attn1_to_q.lora_up.weight")};
    for (const Shapes& shapes : files) {
        CAPTURE(shapes.begin()->first);
        const LoraLayers layers = layers_of({shapes});
        REQUIRE(layers.size() == 1);
        REQUIRE(layers.begin()->first == q);
        REQUIRE(shapes.at(layers.begin()->second.down)[0] == 2);
        REQUIRE(shapes.at(layers.begin()->second.up)[1] == 2);
        REQUIRE(layers.begin()->second.scale == 1);
    }
}

TEST_CASE("names with underscores are told apart where one begins like another", "[lora]") {
    const std::map<std::string, std::string> names = {
        {"blocks_3_cross_attn_k", "blocks.3.attn2.to_k"},
        {"blocks_3_cross_attn_k_img", "blocks.3.attn2.add_k_proj"},
        {"blocks_10_ffn_2", "blocks.10.ffn.net.2"},
        {"vace_blocks_1_after_proj", "vace_blocks.1.proj_out"},
        {"time_projection_1", "condition_embedder.time_proj"},
        {"img_emb_proj_3", "condition_embedder.image_embedder.ff.net.2"},
        {"head_head", "proj_out"},
        {"patch_embedding", "patch_embedding"}};
    for (const auto& [stored, layer] : names) {
        CAPTURE(stored);
        const std::string prefix = "lora_unet_" + stored;
        const LoraLayers layers =
            layers_of({pair_of(prefix + ".lora_down.weight", prefix + ".lora_up.weight")});
        REQUIRE(layers.begin()->first == layer);
    }
}

TEST_CASE("the scale is alpha over rank: of the layer, else of the file, else 1", "[lora]") {
    const Shapes q = pair_of("transformer.blocks.0.attn1.to_q.lora_A.weight",
                             "transformer.blocks.0.attn1.to_q.lora_B.weight");
    const auto scale = [&](const WrittenLora& lora) {
        return layers_of(lora).begin()->second.scale;
    };
    CHECK(scale({q}) == 1);
    CHECK(scale({q, {}, settings(R"({"transformer.lora_alpha": 3})")}) == 1.5);
    CHECK(scale({q,
                 {{"transformer.blocks.0.attn1.to_q.alpha", 5}},
                 settings(R"({"transformer.lora_alpha": 3})")}) == 2.5);
    CHECK(scale({q,
                 {},
                 settings(R"({"transformer.lora_alpha": 3, "transformer.use_rslora": true})")}) ==
          Approx(3 / std::sqrt(2.0)));
    CHECK(scale({q, {}, settings(R"({"transformer.lora_alpha": 3,
                              "transformer.alpha_pattern": {"attn1.to_q": 8}})")}) == 4);
    CHECK(scale({q, {}, settings(R"({"transformer.lora_alpha": 3,
                              "transformer.alpha_pattern": {"ttn1.to_q": 8}})")}) == 1.5);
}

TEST_CASE("differences of weights, biases and modulations belong to their layers", "[lora]") {
    const LoraLayers layers = layers_of({{{"diffusion_model.blocks.0.norm3.diff", {8}},
                                          {"diffusion_model.blocks.0.norm3.diff_b", {8}},
                                          {"diffusion_model.blocks.0.diff_m", {1, 6, 8}},
                                          {"diffusion_model.head.diff_m", {1, 2, 8}},
                                          {"diffusion_model.patch_embedding.diff", {8, 4, 1, 2, 2}},
                                          {"diffusion_model.head.head.diff", {16, 8}}}});
    REQUIRE(layers.size() == 5);
    CHECK(layers.at("blocks.0.norm2").matrix == "diffusion_model.blocks.0.norm3.diff");
    CHECK(layers.at("blocks.0.norm2").bias == "diffusion_model.blocks.0.norm3.diff_b");
    CHECK(layers.at("blocks.0.scale_shift_table").matrix == "diffusion_model.blocks.0.diff_m");
    CHECK(layers.at("scale_shift_table").matrix == "diffusion_model.head.diff_m");
    CHECK(layers.at("patch_embedding").matrix == "diffusion_model.patch_embedding.diff");
    CHECK(layers.at("proj_out").matrix == "diffusion_model.head.head.diff");
}

TEST_CASE("every key that is of no known format is listed, with the file", "[lora]") {
    const Shapes shapes = {{"blocks.0.self_attn.q.diff_b", {6}},
                           {"blocks.0.self_attn.q.lora_C.weight", {2, 2}},
                           {"lora_of_blocks_0_q.alpha", {1}},
                           {"lora_unet_blocks_x_self_attn_q.alpha", {1}}};
    REQUIRE_THROWS_WITH(layers_of({shapes}),
                        Catch::StartsWith("a.safetensors: 3 of its 4 keys") &&
                            Catch::Contains("blocks.0.self_attn.q.lora_C.weight, "
                                            "lora_of_blocks_0_q.alpha, "
                                            "lora_unet_blocks_x_self_attn_q.alpha"));
}

TEST_CASE("keys of a text encoder are left out beside others, and refused alone", "[lora]") {
    const std::string q = "diffusion_model.blocks.0.self_attn.q.";
    for (const std::string prefix : {"text_encoder.encoder.block.0.q",
                                     "text_encoders.umt5xxl.transformer.encoder.block.0.q",
                                     "lora_te1_layers_0_q",
                                     "bundle_emb.ink"}) {
        const Shapes alone = {{prefix + ".lora_A.weight", {2, 4}},
                              {prefix + ".lora_B.weight", {4, 2}}};
        Shapes both = alone;
        both[q + "lora_A.weight"] = {2, 4};
        both[q + "lora_B.weight"] = {4, 2};
        const LoraLayers layers = layers_of({both});
        REQUIRE(layers.size() == 1);
        REQUIRE(layers.begin()->first == "blocks.0.attn1.to_q");
        REQUIRE_THROWS_WITH(layers_of({alone}),
                            Catch::Contains("all of its 2 keys belong to a text encoder") &&
                                Catch::Contains(prefix + ".lora_A.weight"));
    }
}

TEST_CASE("what 8-bit training leaves behind is passed over by its name", "[lora]") {
    Shapes shapes =
        pair_of("blocks.0.self_attn.q.lora_down.weight", "blocks.0.self_attn.q.lora_up.weight");
    shapes["blocks.0.self_attn.q.scale_input"] = {1};
    shapes["scaled_fp8"] = {2};
    shapes["model_type.Wan2_1-FLF2V-14B-720P"] = {1};
    REQUIRE(layers_of({shapes}).size() == 1);
    shapes["blocks.0.self_attn.q.scale_output"] = {1};
    REQUIRE_THROWS_WITH(layers_of({shapes}), Catch::Contains("1 of its 6 keys"));
}

TEST_CASE("PEFT's own file has its scale in adapter_config.json", "[lora]") {
    const std::string q = "base_model.model.blocks.0.attn1.to_q.lora_";
    WrittenLora lora{pair_of(q + "A.weight", q + "B.weight")};
    const auto scale = [&](const std::string& config) {
        lora.adapter_config = config;
        const LoraLayers layers = layers_of(lora);
        REQUIRE(layers.begin()->first == "blocks.0.attn1.to_q");
        return layers.begin()->second.scale;
    };
    CHECK(scale(R"({"peft_type": "LORA", "lora_alpha": 3, "r": 2})") == 1.5);
    CHECK(scale(R"({"lora_alpha": 3, "use_rslora": true})") == Approx(3 / std::sqrt(2.0)));
    CHECK(scale(R"({"lora_alpha": 3, "alpha_pattern": {"attn1.to_q": 8}})") == 4);
    CHECK_THROWS_WITH(scale(R"({"lora_alpha": 3, "use_dora": true})"), Catch::Contains("DoRA"));
    CHECK_THROWS_WITH(scale(R"({"peft_type": "LOHA"})"), Catch::Contains("only LORA"));
    CHECK_THROWS_WITH(scale("{}"), Catch::Contains("adapter_config.json: lora_alpha: is missing"));
}

TEST_CASE("a file of two adapters is refused, for both would act", "[lora]") {
    const Shapes shapes = {{"blocks.0.attn1.to_q.lora_A.ink.weight", {2, 4}},
                           {"blocks.0.attn1.to_q.lora_B.ink.weight", {4, 2}},
                           {"blocks.1.attn1.to_q.lora_A.fog.weight", {2, 4}},
                           {"blocks.1.attn1.to_q.lora_B.fog.weight", {4, 2}}};
    REQUIRE_THROWS_WITH(layers_of({shapes}), Catch::Contains("the adapters ink and fog"));
}

TEST_CASE("keys of another family's layers are told as such, with what the header says", "[lora]") {
    const std::string layer = "lora_unet_double_blocks_0_img_mlp_fc1";
    const Shapes flux = pair_of(layer + ".lora_down.weight", layer + ".lora_up.weight");
    REQUIRE_THROWS_WITH(
        layers_of({flux, {}, {{"ss_base_model_version", "flux1"}}}),
        Catch::Contains("2 of its 2 keys belong to no layer of a Wan transformer: " + layer +
                        ".lora_down.weight, ") &&
            Catch::EndsWith("it was made for FLUX or HunyuanVideo (its header "
                            "says ss_base_model_version: flux1)"));
}

TEST_CASE("a whole model in place of a LoRA is told as such", "[lora]") {
    REQUIRE_THROWS_WITH(layers_of({original_transformer(128, 1, 16)}),
                        Catch::Contains("weights of a whole model, not a LoRA"));
}

TEST_CASE("of many keys that are wrong the first are listed and the rest counted", "[lora]") {
    Shapes shapes;
    for (int i = 0; i < 9; ++i) shapes["key" + std::to_string(i)] = {2};
    REQUIRE_THROWS_WITH(layers_of({shapes}),
                        Catch::Contains("9 of its 9 keys") &&
                            Catch::Contains("key0, key1, key2, key3 and 5 more; "));
}

TEST_CASE("adapters of another kind are refused by their name", "[lora]") {
    const auto refusal = [](const std::string& key, const std::string& name) {
        CAPTURE(key);
        REQUIRE_THROWS_WITH(layers_of({{{key, {4, 4}}}}),
                            Catch::Contains(key) && Catch::Contains(name));
    };
    refusal("blocks.0.ffn.0.dora_scale", "DoRA");
    refusal("transformer.blocks.0.ffn.net.2.lora_magnitude_vector.weight", "DoRA");
    refusal("lora_unet_blocks_0_ffn_0.lokr_w1", "LoKr");
    refusal("lora_unet_blocks_0_ffn_0.hada_w1_a", "LoHa");
    refusal("base_model.model.blocks.0.ffn.net.2.lora_A.weight", "adapter_config.json");
    REQUIRE_THROWS_WITH(
        layers_of(
            {{{"blocks.0.ffn.0.diff", {4, 4}}}, {}, settings(R"({"transformer.use_dora": true})")}),
        Catch::Contains("DoRA"));
}

TEST_CASE("what lacks its other half, does not fit it or stands twice is refused", "[lora]") {
    const std::string layer = "blocks.0.ffn.0";
    const auto refused = [](const WrittenLora& lora, const std::string& why) {
        REQUIRE_THROWS_WITH(layers_of(lora), Catch::Contains(why));
    };
    refused({{{layer + ".lora_down.weight", {2, 8}}}}, "lora_up) is missing");
    refused({{{layer + ".lora_up.weight", {8, 2}}}}, "lora_down) is missing");
    refused({{{layer + ".diff", {8, 8}}}, {{layer + ".alpha", 2}}},
            "the matrices that it scales are missing");
    refused({{{layer + ".lora_down.weight", {2, 8}}, {layer + ".lora_up.weight", {8, 3}}}},
            "[2, 8] does not fit");
    refused({{{layer + ".diff", {8, 8}}, {"blocks.0.ffn.net.0.proj.diff", {8, 8}}}},
            "blocks.0.ffn.0.diff and blocks.0.ffn.net.0.proj.diff are the same weight");
    WrittenLora infinite{pair_of(layer + ".lora_down.weight", layer + ".lora_up.weight"),
                         {{layer + ".alpha", std::numeric_limits<float>::infinity()}}};
    refused(infinite, "expected a finite number");
}

TEST_CASE("an infinity or a NaN is found at any place of any type, and nothing else is one",
          "[lora]") {
    const auto finite = [](const auto& numbers, ElementType type) {
        return all_finite(std::as_bytes(std::span(numbers)), type);
    };
    // Longer than what is looked at in one go, and no multiple of it.
    std::vector<float> floats(5000, std::numeric_limits<float>::max());
    std::vector<double> doubles(3000, -std::numeric_limits<double>::max());
    std::vector<std::uint16_t> halves(5000, 0xFBFF);  // -65504
    std::vector<std::uint16_t> brains(5000, 0x7F7F);  // the largest
    CHECK(finite(floats, ElementType::float32));
    CHECK(finite(doubles, ElementType::float64));
    CHECK(finite(halves, ElementType::float16));
    CHECK(finite(brains, ElementType::bfloat16));
    CHECK(finite(std::vector<std::uint16_t>(9, 0xFFFF), ElementType::int16));
    CHECK(finite(std::vector<float>(), ElementType::float32));
    for (const std::size_t place : {std::size_t{0}, std::size_t{2500}, std::size_t{4999}}) {
        CAPTURE(place);
        auto bad_floats = floats;
        bad_floats[place] = -std::numeric_limits<float>::infinity();
        CHECK_FALSE(finite(bad_floats, ElementType::float32));
        auto bad_halves = halves;
        bad_halves[place] = 0x7C00;
        CHECK_FALSE(finite(bad_halves, ElementType::float16));
        auto bad_brains = brains;
        bad_brains[place] = 0xFF80;
        CHECK_FALSE(finite(bad_brains, ElementType::bfloat16));
    }
    doubles.back() = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(finite(doubles, ElementType::float64));
}

TEST_CASE("a stored number is the same whatever its type is", "[lora]") {
    const auto number = [](auto value, ElementType type) {
        return stored_scalar(std::as_bytes(std::span(&value, 1)), type);
    };
    CHECK(number(-6.5F, ElementType::float32) == -6.5);
    CHECK(number(-6.5, ElementType::float64) == -6.5);
    CHECK(number(std::uint16_t{0xC680}, ElementType::float16) == -6.5);
    CHECK(number(std::uint16_t{0x0001}, ElementType::float16) == std::ldexp(1.0, -24));
    CHECK(std::isinf(number(std::uint16_t{0x7C00}, ElementType::float16)));
    CHECK(std::isnan(number(std::uint16_t{0x7C01}, ElementType::float16)));
    CHECK(number(std::uint16_t{0xC0D0}, ElementType::bfloat16) == -6.5);
    CHECK(number(std::int64_t{-7}, ElementType::int64) == -7);
    CHECK(number(std::int32_t{-7}, ElementType::int32) == -7);
    CHECK(number(std::int16_t{-7}, ElementType::int16) == -7);
    CHECK(number(std::int8_t{-7}, ElementType::int8) == -7);
    CHECK(number(std::uint8_t{0xB8}, ElementType::float8_e4m3) == -1);
    CHECK(number(std::uint8_t{200}, ElementType::uint8) == 200);
}

}  // namespace nightreel
