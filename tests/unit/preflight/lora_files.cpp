#include "tests/unit/preflight/lora_files.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

#include <fmt/format.h>

namespace nightreel {
namespace {

constexpr std::int64_t rank = 2;

std::string key_of(const LoraNaming& naming, std::string layer, const std::string& ending) {
    if (naming.underscored) std::ranges::replace(layer, '.', '_');
    return naming.prefix + layer + ending;
}

std::string query(const LoraNaming& naming, std::int64_t block) {
    return fmt::format("blocks.{}.{}", block, naming.original ? "self_attn.q" : "attn1.to_q");
}

std::string feed(const LoraNaming& naming, std::int64_t block) {
    return fmt::format("blocks.{}.{}", block, naming.original ? "ffn.0" : "ffn.net.0.proj");
}

std::string bytes_of(float number, std::size_t count) {
    std::string bytes(count * sizeof(float), '\0');
    for (std::size_t i = 0; i < count; ++i) {
        std::memcpy(bytes.data() + i * sizeof(float), &number, sizeof(float));
    }
    return bytes;
}

}  // namespace

void LoraContent::add_pair(const std::string& down,
                           const std::string& up,
                           std::int64_t out,
                           std::int64_t in) {
    tensors[down] = {ElementType::float32, {rank, in}};
    tensors[up] = {ElementType::float32, {out, rank}};
}

void LoraContent::set_alpha(const std::string& key, float alpha) {
    tensors[key] = {ElementType::float32, {}};
    data[key] = bytes_of(alpha, 1);
}

void write_lora(const std::filesystem::path& file, const LoraContent& content) {
    std::string bytes = safetensors_header_bytes(content.tensors, content.metadata);
    for (const auto& [name, facts] : content.tensors) {
        const std::size_t size = bytes_of_shape(facts.shape, facts_of(facts.type).bytes).value();
        const auto given = content.data.find(name);
        bytes += given == content.data.end() ? std::string(size, '\0') : given->second;
    }
    std::ofstream(file, std::ios::binary) << bytes;
}

const std::vector<LoraNaming>& lora_namings() {
    static const std::vector<LoraNaming> namings = {
        {"diffusers", false, false, "transformer.", ".lora_A.weight", ".lora_B.weight"},
        {"PEFT", false, false, "", ".lora_A.default.weight", ".lora_B.default.weight"},
        {"named adapter", false, false, "transformer.", ".lora_A.ink.weight", ".lora_B.ink.weight"},
        {"original", true, false, "", ".lora_down.weight", ".lora_up.weight"},
        {"ComfyUI", true, false, "diffusion_model.", ".lora_A.weight", ".lora_B.weight"},
        {"checkpoint",
         true,
         false,
         "model.diffusion_model.",
         ".lora.down.weight",
         ".lora.up.weight"},
        {"DiffSynth-Studio",
         true,
         false,
         "pipe.dit.",
         ".lora_A.default.weight",
         ".lora_B.default.weight"},
        {"distributed",
         true,
         false,
         "module.diffusion_model.",
         ".lora_down.weight",
         ".lora_up.weight"},
        {"FastVideo", true, false, "", ".lora_A", ".lora_B"},
        {"U-Net's prefix", false, false, "unet.", ".lora_A.weight", ".lora_B.weight"},
        {"kohya", true, true, "lora_unet_", ".lora_down.weight", ".lora_up.weight"},
        {"kohya, half renamed", true, false, "lora_unet_", ".lora_down.weight", ".lora_up.weight"},
        {"OneTrainer", false, true, "lora_transformer_", ".lora_down.weight", ".lora_up.weight"}};
    return namings;
}

LoraContent lora_named(const LoraNaming& naming,
                       std::int64_t width,
                       std::int64_t feed_forward,
                       std::int64_t blocks) {
    LoraContent content;
    for (std::int64_t block = 0; block < blocks; ++block) {
        content.add_pair(key_of(naming, query(naming, block), naming.down),
                         key_of(naming, query(naming, block), naming.up),
                         width,
                         width);
        content.add_pair(key_of(naming, feed(naming, block), naming.down),
                         key_of(naming, feed(naming, block), naming.up),
                         feed_forward,
                         width);
    }
    return content;
}

void add_image_branch(LoraContent& content,
                      const LoraNaming& naming,
                      std::int64_t width,
                      std::int64_t blocks) {
    std::vector<std::string> layers = {
        naming.original ? "img_emb.proj.1" : "condition_embedder.image_embedder.ff.net.0.proj"};
    for (std::int64_t block = 0; block < blocks; ++block) {
        const auto layer = [&](const char* original, const char* renamed) {
            layers.push_back(
                fmt::format("blocks.{}.{}", block, naming.original ? original : renamed));
        };
        layer("cross_attn.k_img", "attn2.add_k_proj");
        layer("cross_attn.v_img", "attn2.add_v_proj");
    }
    for (const std::string& layer : layers) {
        content.add_pair(
            key_of(naming, layer, naming.down), key_of(naming, layer, naming.up), width, width);
    }
    if (naming.underscored) return;
    content.tensors[naming.prefix + (naming.original ? "blocks.0.cross_attn.norm_k_img.diff"
                                                     : "blocks.0.attn2.norm_added_k.diff")] = {
        ElementType::float32, {width}};
}

std::vector<LoraFault> lora_faults(const LoraNaming& naming,
                                   std::int64_t width,
                                   std::int64_t feed_forward,
                                   std::int64_t blocks) {
    std::vector<LoraFault> faults;
    const LoraContent right = lora_named(naming, width, feed_forward, blocks);
    const std::string down = key_of(naming, query(naming, 0), naming.down);
    const std::string up = key_of(naming, query(naming, 0), naming.up);
    const std::string alpha = key_of(naming, query(naming, 0), ".alpha");
    const auto fault = [&](const std::string& name, const std::string& said) -> LoraContent& {
        return faults.emplace_back(LoraFault{name, said, right}).content;
    };
    constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
    fault("wider", "another width") = lora_named(naming, width + 16, feed_forward, blocks);
    fault("deeper", "more blocks than") = lora_named(naming, width, feed_forward, blocks + 2);
    fault("half a pair", "is missing").tensors.erase(up);
    fault("rank that does not fit", "does not fit").tensors[up].shape = {width, rank + 1};
    fault("integers", "I32").tensors[down].type = ElementType::int32;
    fault("alpha that is no number", "expected a finite number").set_alpha(alpha, not_a_number);
    fault("alpha without end", "expected a finite number")
        .set_alpha(alpha, std::numeric_limits<float>::infinity());
    fault("weights that are no numbers", "contains NaN or infinity").data[down] =
        bytes_of(not_a_number, static_cast<std::size_t>(rank * width));
    fault("alpha of nothing", "missing").tensors.erase(down);
    faults.back().content.tensors.erase(up);
    faults.back().content.set_alpha(alpha, 1);
    fault("an unknown key", "no known LoRA format").tensors[naming.prefix + "scale_output"] = {
        ElementType::float32, {1}};
    fault("DoRA", "DoRA").tensors[key_of(naming, query(naming, 0), ".dora_scale")] = {
        ElementType::float32, {width, 1}};
    fault("LoKr", "LoKr").tensors[key_of(naming, query(naming, 0), ".lokr_w1")] = {
        ElementType::float32, {8, 8}};
    fault("LoHa", "LoHa").tensors[key_of(naming, query(naming, 0), ".hada_w1_a")] = {
        ElementType::float32, {width, 2}};
    fault("PEFT's own file", "adapter_config.json") = {};
    faults.back().content.add_pair("base_model.model.blocks.0.attn1.to_q.lora_A.weight",
                                   "base_model.model.blocks.0.attn1.to_q.lora_B.weight",
                                   width,
                                   width);
    fault("another family", "FLUX") = {};
    faults.back().content.add_pair("lora_unet_double_blocks_0_img_mlp_fc1.lora_down.weight",
                                   "lora_unet_double_blocks_0_img_mlp_fc1.lora_up.weight",
                                   width,
                                   width);
    return faults;
}

}  // namespace nightreel
