#include "pipeline/render_bench_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/checkpoint/safetensors_header.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/random.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t head_size = 128;
constexpr std::int64_t sinusoid = 256;
constexpr std::int64_t text_width = 4096;
constexpr std::int64_t patch_cells = 4;
constexpr const char* weights_file = "diffusion_pytorch_model.safetensors";

// A prime number of values: rows of a matrix do not repeat each other.
constexpr std::size_t block_values = 1'048'573;
constexpr std::size_t bfloat16_bytes = 2;

constexpr auto models = std::to_array<RandomTransformer>({{"t2v-1.3b", 12, 30, 8960, 16, 16},
                                                          {"t2v-14b", 40, 40, 13824, 16, 16},
                                                          {"ti2v-5b", 24, 30, 14336, 48, 48}});

using Facts = std::map<std::string, TensorFacts, std::less<>>;

void add_linear(Facts& facts, const std::string& name, std::int64_t out, std::int64_t in) {
    facts[name + ".weight"] = {ElementType::bfloat16, {out, in}};
    facts[name + ".bias"] = {ElementType::bfloat16, {out}};
}

void add_attention(Facts& facts, const std::string& name, std::int64_t width) {
    for (const char* part : {".to_q", ".to_k", ".to_v", ".to_out.0"}) {
        add_linear(facts, name + part, width, width);
    }
    for (const char* norm : {".norm_q.weight", ".norm_k.weight"}) {
        facts[name + norm] = {ElementType::bfloat16, {width}};
    }
}

Facts tensors_of(const RandomTransformer& model) {
    const std::int64_t d = model.heads * head_size;
    Facts facts;
    facts["patch_embedding.weight"] = {ElementType::bfloat16, {d, model.channels_in, 1, 2, 2}};
    facts["patch_embedding.bias"] = {ElementType::bfloat16, {d}};
    const std::string embedder = "condition_embedder.";
    add_linear(facts, embedder + "text_embedder.linear_1", d, text_width);
    add_linear(facts, embedder + "text_embedder.linear_2", d, d);
    add_linear(facts, embedder + "time_embedder.linear_1", d, sinusoid);
    add_linear(facts, embedder + "time_embedder.linear_2", d, d);
    add_linear(facts, embedder + "time_proj", 6 * d, d);
    for (std::int64_t layer = 0; layer < model.layers; ++layer) {
        const std::string block = fmt::format("blocks.{}", layer);
        facts[block + ".scale_shift_table"] = {ElementType::bfloat16, {1, 6, d}};
        add_attention(facts, block + ".attn1", d);
        add_attention(facts, block + ".attn2", d);
        facts[block + ".norm2.weight"] = {ElementType::bfloat16, {d}};
        facts[block + ".norm2.bias"] = {ElementType::bfloat16, {d}};
        add_linear(facts, block + ".ffn.net.0.proj", model.feed_forward, d);
        add_linear(facts, block + ".ffn.net.2", d, model.feed_forward);
    }
    facts["scale_shift_table"] = {ElementType::bfloat16, {1, 2, d}};
    add_linear(facts, "proj_out", model.channels_out * patch_cells, d);
    return facts;
}

std::string config_text(const RandomTransformer& model) {
    const nlohmann::json config{{"_class_name", "WanTransformer3DModel"},
                                {"added_kv_proj_dim", nullptr},
                                {"attention_head_dim", head_size},
                                {"cross_attn_norm", true},
                                {"eps", 1e-6},
                                {"ffn_dim", model.feed_forward},
                                {"freq_dim", sinusoid},
                                {"image_dim", nullptr},
                                {"in_channels", model.channels_in},
                                {"num_attention_heads", model.heads},
                                {"num_layers", model.layers},
                                {"out_channels", model.channels_out},
                                {"patch_size", {1, 2, 2}},
                                {"pos_embed_seq_len", nullptr},
                                {"qk_norm", "rms_norm_across_heads"},
                                {"rope_max_seq_len", 1024},
                                {"text_dim", text_width}};
    return config.dump(1) + "\n";
}

std::int64_t items_of(const std::vector<std::int64_t>& shape) {
    std::int64_t items = 1;
    for (const std::int64_t size : shape) items *= size;
    return items;
}

// Sums of four uniform numbers: near enough to normal, with a deviation of 1.
std::vector<float> seeded_block() {
    constexpr PhiloxKey key{0x6E696768, 0x74726565};
    std::vector<float> values(block_values);
    for (std::size_t i = 0; i < values.size(); ++i) {
        double sum = -2;
        for (const std::uint32_t word : philox4x32({static_cast<std::uint32_t>(i)}, key)) {
            sum += word / 4294967296.0;
        }
        values[i] = static_cast<float>(sum * std::sqrt(3.0));
    }
    return values;
}

// Weights keep the size of what goes through them; norms stay near 1.
std::vector<std::uint16_t> scaled_block(const std::vector<float>& block,
                                        const std::string& name,
                                        const TensorFacts& facts) {
    const std::int64_t rows = facts.shape.front();
    const bool is_matrix = facts.shape.size() > 1 && !name.ends_with("scale_shift_table");
    const double fan_in =
        is_matrix ? static_cast<double>(items_of(facts.shape) / rows) : static_cast<double>(rows);
    const bool is_norm = name.find("norm") != std::string::npos && name.ends_with(".weight");
    const auto scale = static_cast<float>(is_matrix ? 1 / std::sqrt(fan_in) : 0.02);
    const float offset = is_norm ? 1.0F : 0.0F;
    std::vector<std::uint16_t> scaled(block.size());
    for (std::size_t i = 0; i < block.size(); ++i) {
        const float value = offset + block[i] * scale;
        scaled[i] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U);
    }
    return scaled;
}

void write_weights(const fs::path& path, const Facts& facts) {
    const std::vector<float> block = seeded_block();
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    const std::string header = safetensors_header_bytes(facts, {});
    out.write(header.data(), static_cast<std::streamsize>(header.size()));
    for (const auto& [name, tensor] : facts) {
        const std::vector<std::uint16_t> values = scaled_block(block, name, tensor);
        auto left = static_cast<std::size_t>(items_of(tensor.shape));
        while (left > 0 && out) {
            const std::size_t now = std::min(left, values.size());
            out.write(reinterpret_cast<const char*>(values.data()),
                      static_cast<std::streamsize>(now * bfloat16_bytes));
            left -= now;
        }
    }
    out.close();
    if (!out) {
        throw Error(ErrorKind::unavailable,
                    path.string() + ": cannot be written; give another folder with --scratch");
    }
}

}  // namespace

RandomTransformer random_transformer_named(std::string_view name) {
    std::string names;
    for (const RandomTransformer& model : models) {
        if (model.name == name) return model;
        names += fmt::format("{}{}", names.empty() ? "" : ", ", model.name);
    }
    throw Error(ErrorKind::usage, fmt::format("--random {}: one of {} is wanted", name, names));
}

fs::path make_random_transformer(const RandomTransformer& model, const fs::path& scratch) {
    const fs::path folder = scratch / fmt::format("{}-{}", model.name, model.layers);
    const fs::path weights = folder / weights_file;
    if (fs::exists(weights)) return folder;
    const Facts facts = tensors_of(model);
    std::uint64_t bytes = 0;
    for (const auto& item : facts) {
        bytes += static_cast<std::uint64_t>(items_of(item.second.shape)) * bfloat16_bytes;
    }
    fs::create_directories(folder);
    if (const std::uint64_t room = fs::space(folder).available; room < bytes) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: {} bytes are free, but the weights of {} take {}; give "
                                "another folder with --scratch or fewer --layers",
                                folder.string(),
                                room,
                                model.name,
                                bytes));
    }
    write_file_atomically(folder / "config.json", config_text(model));
    // Renamed when it is whole: a file of that name is never half written.
    const fs::path part = folder / "weights.partial";
    write_weights(part, facts);
    fs::rename(part, weights);
    return folder;
}

}  // namespace nightreel
