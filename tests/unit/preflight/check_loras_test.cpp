#include "pipeline/preflight/check_loras.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/checkpoint/layout/lora_fit.h"
#include "tests/unit/checkpoint/model_files.h"
#include "tests/unit/preflight/lora_files.h"
#include "tests/unit/preflight/night_stage.h"

namespace nightreel {
namespace {

// The bundled model's.
constexpr std::int64_t width = 256;
constexpr std::int64_t feed_forward = 1024;
constexpr std::int64_t blocks = 6;

using Strings = std::vector<std::string>;

std::string night_of_loras(const std::string& loras) {
    return night_of("  - { shot: a, frames: 17, prompt: a star, loras: [" + loras + "] }\n");
}

Strings told_of(const NightStage& stage, const LoraContent& content) {
    write_lora(stage.path() / "ink.safetensors", content);
    return NightStage::told(stage.check(night_of_loras("ink.safetensors")));
}

}  // namespace

TEST_CASE("a LoRA that fits the model is not complained of, whatever its keys are called",
          "[preflight]") {
    const NightStage stage;
    for (const LoraNaming& naming : lora_namings()) {
        CAPTURE(naming.name);
        CHECK(told_of(stage, lora_named(naming, width, feed_forward, blocks)).empty());
    }
}

TEST_CASE("a LoRA that the engine would refuse is an error at the entry that names it",
          "[preflight]") {
    const NightStage stage;
    for (const LoraNaming& naming : lora_namings()) {
        for (const LoraFault& fault : lora_faults(naming, width, feed_forward, blocks)) {
            CAPTURE(naming.name, fault.name);
            const Strings told = told_of(stage, fault.content);
            REQUIRE(told.size() == 1);
            INFO(told[0]);
            CHECK(told[0].starts_with("5:52: shots[0].loras[0]: ink.safetensors: "));
            CHECK(told[0].find(fault.said) != std::string::npos);
        }
    }
}

TEST_CASE("the complaint says which keys, what the model has and for what the LoRA was made",
          "[preflight]") {
    const NightStage stage;
    const std::string network =
        std::filesystem::absolute("models/toybox/transformer").lexically_normal().string();
    LoraContent wide;
    wide.add_pair(
        "blocks.0.self_attn.q.lora_A.weight", "blocks.0.self_attn.q.lora_B.weight", 384, 384);
    CHECK(told_of(stage, wide) ==
          Strings{"5:52: shots[0].loras[0]: ink.safetensors: blocks.0.self_attn.q.lora_A.weight: "
                  "has the shape [2, 384], but blocks.0.attn1.to_q of " +
                  network + " requires [rank, 256]; it was made for a model of another width"});
    LoraContent pictures;
    for (const char* name : {"k_img", "v_img"}) {
        pictures.tensors[fmt::format("blocks.0.cross_attn.{}.diff_b", name)] = {
            ElementType::float32, {width}};
    }
    pictures.metadata["modelspec.architecture"] = "wan2.1/lora";
    CHECK(
        told_of(stage, pictures) ==
        Strings{"5:52: shots[0].loras[0]: ink.safetensors: all of its 2 keys belong to the image "
                "branch of an image-to-video model, which " +
                network +
                " does not have: blocks.0.cross_attn.k_img.diff_b, "
                "blocks.0.cross_attn.v_img.diff_b; it was made for an image-to-video model of Wan "
                "2.1: the keys belong to its image branch (its header says "
                "modelspec.architecture: wan2.1/lora)"});
}

TEST_CASE("keys of a text encoder are left out with one warning", "[preflight]") {
    const NightStage stage;
    LoraContent content = lora_named(lora_namings().front(), width, feed_forward, blocks);
    const std::size_t fitting = content.tensors.size();
    const std::string key = "text_encoders.umt5xxl.transformer.encoder.block.0.layer.0.q";
    content.add_pair(key + ".lora_A.weight", key + ".lora_B.weight", 4, 4);
    CHECK(told_of(stage, content) ==
          Strings{fmt::format(
              "5:52: warning: shots[0].loras[0]: ink.safetensors: 2 of its {} keys have no effect: "
              "they belong to a text encoder, to which LoRAs are not applied: {}.lora_A.weight, "
              "{}.lora_B.weight",
              fitting + 2,
              key,
              key)});
}

TEST_CASE("PEFT's folder is one LoRA: its settings are part of its name", "[preflight]") {
    const NightStage stage;
    LoraContent content;
    content.add_pair("base_model.model.blocks.0.attn1.to_q.lora_A.weight",
                     "base_model.model.blocks.0.attn1.to_q.lora_B.weight",
                     width,
                     width);
    write_lora(stage.path() / "adapter_model.safetensors", content);
    const std::string night = night_of_loras("adapter_model.safetensors");
    CHECK(NightStage::told(stage.check(night))[0].find("adapter_config.json beside it") !=
          std::string::npos);
    stage.write("adapter_config.json", R"({"peft_type": "LORA", "lora_alpha": 4})");
    const auto first = stage.check(night);
    REQUIRE(first.diagnostics.empty());
    stage.write("adapter_config.json", R"({"peft_type": "LORA", "lora_alpha": 8})");
    const auto second = stage.check(night);
    REQUIRE(second.night);
    CHECK(first.night->shots[0].loras[0].lora.digest !=
          second.night->shots[0].loras[0].lora.digest);
}

TEST_CASE("keys of the image branch are left out of a model without it, with one warning",
          "[preflight]") {
    const NightStage stage;
    for (const LoraNaming& naming : lora_namings()) {
        CAPTURE(naming.name);
        LoraContent content = lora_named(naming, width, feed_forward, blocks);
        const std::size_t fitting = content.tensors.size();
        add_image_branch(content, naming, width, blocks);
        const std::size_t added = content.tensors.size() - fitting;
        write_lora(stage.path() / "ink.safetensors", content);
        const auto checked = stage.check(night_of_loras("ink.safetensors"));
        REQUIRE(checked.night);
        REQUIRE(checked.diagnostics.size() == 1);
        CHECK(checked.diagnostics[0].severity == Severity::warning);
        const std::string& message = checked.diagnostics[0].message;
        CHECK(message.starts_with(
            fmt::format("ink.safetensors: {} of its {} keys have no effect: they belong to the "
                        "image branch of an image-to-video model, which toybox does not have: ",
                        added,
                        added + fitting)));
        CHECK(checked.night->shots[0].loras[0].left_out_keys == added);
        // Any other key of no layer is refused as before.
        content.add_pair(naming.prefix + "blocks.0.other" + naming.down,
                         naming.prefix + "blocks.0.other" + naming.up,
                         width,
                         width);
        REQUIRE(told_of(stage, content).size() == 1);
        CHECK(told_of(stage, content)[0].find("other") != std::string::npos);
    }
}

TEST_CASE("a LoRA of the defaults or of a character is told once, at its own entry",
          "[preflight]") {
    const NightStage stage;
    write_lora(stage.path() / "wide.safetensors",
               lora_named(lora_namings()[0], 384, feed_forward, blocks));
    const std::string shots =
        "shots:\n  - { shot: a, frames: 17, prompt: \"{mira}\" }\n"
        "  - { shot: b, frames: 17, prompt: \"{mira}\" }\n";
    const Strings defaults =
        NightStage::told(stage.check("nightreel: 1\nshow: aurora\n"
                                     "defaults: { model: toybox, loras: [wide.safetensors] }\n"
                                     "characters:\n  mira: { prompt: a star }\n" +
                                     shots));
    REQUIRE(defaults.size() == 1);
    CHECK(defaults[0].starts_with("3:36: defaults.loras[0]: wide.safetensors: "));
    const Strings character = NightStage::told(
        stage.check("nightreel: 1\nshow: aurora\ndefaults: { model: toybox }\ncharacters:\n"
                    "  mira: { prompt: a star, loras: [{ file: wide.safetensors }] }\n" +
                    shots));
    REQUIRE(character.size() == 1);
    CHECK(character[0].starts_with("5:35: characters.mira.loras[0]: wide.safetensors: "));
}

TEST_CASE("an expert is asked about the LoRAs that act in it, and no other", "[preflight]") {
    const NightStage stage;
    const std::string stored = "/diffusion_pytorch_model.safetensors";
    const std::string digest(64, 'a');
    stage.write_card("two",
                     "files:\n  - { path: transformer_2" + stored + ", digest: " + digest + " }\n");
    stage.write("two/model_index.json",
                R"({"_class_name": "WanPipeline",
                    "transformer": ["diffusers", "WanTransformer3DModel"],
                    "transformer_2": ["diffusers", "WanTransformer3DModel"]})");
    write_zeros(stage.path() / ("two/transformer" + stored), original_transformer(128, 1, 16));
    write_zeros(stage.path() / ("two/transformer_2" + stored), original_transformer(256, 1, 16));
    LoraContent narrow;
    narrow.add_pair("blocks.0.ffn.0.lora_A.weight", "blocks.0.ffn.0.lora_B.weight", 8, 128);
    write_lora(stage.path() / "narrow.safetensors", narrow);
    const auto told = [&](const std::string& strength) {
        return NightStage::told(stage.check(
            "nightreel: 1\nshow: aurora\ndefaults: { model: two }\nshots:\n"
            "  - { shot: a, frames: 17, prompt: a star, loras: [{ file: narrow.safetensors" +
            strength + " }] }\n"));
    };
    CHECK(told(", low: 0").empty());
    CHECK(told(", by_segment: [0, 0]").empty());
    CHECK(told(", strength: 0").empty());
    for (const char* strength : {"", ", high: 0", ", by_segment: [0, 1]"}) {
        CAPTURE(strength);
        const Strings complaints = told(strength);
        REQUIRE(complaints.size() == 1);
        CHECK(complaints[0].find("two/transformer_2 requires [rank, 256]") != std::string::npos);
    }
}

TEST_CASE("a model whose weights cannot be read is a warning: nothing is known of its LoRAs",
          "[preflight]") {
    const NightStage stage;
    stage.write_card("bare", "");
    write_lora(stage.path() / "ink.safetensors",
               lora_named(lora_namings()[0], width, feed_forward, blocks));
    const auto checked = stage.check(
        "nightreel: 1\nshow: aurora\ndefaults: { model: bare }\nshots:\n"
        "  - { shot: a, frames: 17, prompt: a star, loras: [ink.safetensors] }\n");
    CHECK(checked.night);
    REQUIRE(checked.diagnostics.size() == 1);
    CHECK(checked.diagnostics[0].severity == Severity::warning);
    CHECK(checked.diagnostics[0].message.starts_with(
        "ink.safetensors cannot be checked against bare: "));
}

}  // namespace nightreel
