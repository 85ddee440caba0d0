#include "pipeline/checkpoint/layout/original_names.h"

#include <filesystem>

#include <catch2/catch.hpp>

#include "pipeline/checkpoint/format/json_document.h"

namespace nightreel {
namespace {

const std::filesystem::path layouts = "tests/parity/layouts";

StoredTensors tensors_named(const std::vector<std::string>& names) {
    StoredTensors tensors;
    for (const std::string& name : names) tensors[name] = {ElementType::float32, {2}, 0, 8};
    return tensors;
}

}  // namespace

TEST_CASE("every original name of every network becomes the one that diffusers' converter gives it",
          "[names]") {
    int tried = 0;
    for (const auto& entry : std::filesystem::directory_iterator(layouts)) {
        const nlohmann::json names =
            JsonConfig::read(entry.path() / "names.json").object().at("original_to_diffusers");
        StoredTensors originals;
        StoredTensors already;
        for (const auto& [original, diffusers] : names.items()) {
            originals[original] = {ElementType::float32, {2}, 0, 8};
            already[diffusers.get<std::string>()] = {ElementType::float32, {2}, 0, 8};
        }
        const NameMap map(originals);
        const NameMap none(already);
        REQUIRE(map.scheme() != NameScheme::diffusers);
        REQUIRE(none.scheme() == NameScheme::diffusers);
        for (const auto& [original, diffusers] : names.items()) {
            CAPTURE(entry.path().string(), original);
            const auto renamed = map.renamed(original, originals.at(original));
            REQUIRE(renamed.size() == 1);
            REQUIRE(renamed.front().name == diffusers.get<std::string>());
            const auto kept = none.renamed(diffusers, already.at(diffusers));
            REQUIRE(kept.front().name == diffusers.get<std::string>());
            ++tried;
        }
    }
    REQUIRE(tried > 600);
}

TEST_CASE("a prefix in front of every name is left out, one in front of some is not", "[names]") {
    const std::string prefix = "model.diffusion_model.";
    const StoredTensors all =
        tensors_named({prefix + "head.modulation", prefix + "blocks.0.norm3.bias"});
    REQUIRE(NameMap(all).renamed(prefix + "blocks.0.norm3.bias", {}).front().name ==
            "blocks.0.norm2.bias");
    const StoredTensors some = tensors_named({"head.modulation", prefix + "blocks.0.norm3.bias"});
    REQUIRE(NameMap(some).renamed(prefix + "blocks.0.norm3.bias", {}).front().name ==
            prefix + "blocks.0.norm3.bias");
}

TEST_CASE("a name that no rule knows stays, so that the network refuses it", "[names]") {
    const NameMap map(tensors_named({"head.modulation", "blocks.0.extra.weight"}));
    REQUIRE(map.renamed("blocks.0.extra.weight", {}).front().name == "blocks.0.extra.weight");
    REQUIRE(map.renamed("vace_blocks.x.after_proj", {}).front().name == "vace_blocks.x.after_proj");
    REQUIRE(map.renamed("blocks.0.cross_attn.norm_added_q.weight", {}).empty());
}

TEST_CASE("the text encoder's original names become those of transformers", "[names]") {
    const NameMap map(tensors_named({"token_embedding.weight", "blocks.0.attn.q.weight"}));
    const std::string block = "encoder.block.7.layer.";
    const std::vector<std::pair<std::string, std::string>> pairs{
        {"token_embedding.weight", "shared.weight"},
        {"norm.weight", "encoder.final_layer_norm.weight"},
        {"blocks.7.norm1.weight", block + "0.layer_norm.weight"},
        {"blocks.7.attn.o.weight", block + "0.SelfAttention.o.weight"},
        {"blocks.7.pos_embedding.embedding.weight",
         block + "0.SelfAttention.relative_attention_bias.weight"},
        {"blocks.7.norm2.weight", block + "1.layer_norm.weight"},
        {"blocks.7.ffn.gate.0.weight", block + "1.DenseReluDense.wi_0.weight"},
        {"blocks.7.ffn.fc1.weight", block + "1.DenseReluDense.wi_1.weight"},
        {"blocks.7.ffn.fc2.weight", block + "1.DenseReluDense.wo.weight"}};
    for (const auto& [original, wanted] : pairs) {
        REQUIRE(map.renamed(original, {}).front().name == wanted);
    }
}

TEST_CASE("the image encoder's fused tensor is three views of the same bytes", "[names]") {
    const NameMap map(tensors_named({"visual.cls_embedding"}));
    const StoredTensor fused{ElementType::bfloat16, {12, 4}, 100, 96};
    const auto parts = map.renamed("visual.transformer.3.attn.to_qkv.weight", fused);
    REQUIRE(parts.size() == 3);
    const std::string letters = "qkv";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        REQUIRE(parts[i].name ==
                "vision_model.encoder.layers.3.self_attn." + letters.substr(i, 1) + "_proj.weight");
        REQUIRE(parts[i].tensor.shape == std::vector<std::int64_t>{4, 4});
        REQUIRE(parts[i].tensor.begin == 100 + 32 * i);
        REQUIRE(parts[i].tensor.bytes == 32);
    }
}

TEST_CASE("of the image encoder's file the picture tower alone is taken, without batch dimensions",
          "[names]") {
    const NameMap map(tensors_named({"visual.cls_embedding"}));
    for (const std::string name : {"textual.head.0.weight", "visual.head", "log_scale"}) {
        REQUIRE(map.renamed(name, {ElementType::float32, {2}, 0, 8}).empty());
    }
    const auto shape_of = [&](const std::string& name, std::vector<std::int64_t> shape) {
        return map.renamed(name, {ElementType::float32, std::move(shape), 0, 0}).front();
    };
    const RenamedTensor single = shape_of("visual.cls_embedding", {1, 1, 4});
    REQUIRE(single.name == "vision_model.embeddings.class_embedding");
    REQUIRE(single.tensor.shape == std::vector<std::int64_t>{4});
    const RenamedTensor places = shape_of("visual.pos_embedding", {1, 5, 4});
    REQUIRE(places.name == "vision_model.embeddings.position_embedding.weight");
    REQUIRE(places.tensor.shape == std::vector<std::int64_t>{5, 4});
    REQUIRE(shape_of("visual.pre_norm.bias", {4}).name == "vision_model.pre_layrnorm.bias");
}

}  // namespace nightreel
