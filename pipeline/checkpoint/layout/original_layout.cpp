#include "pipeline/checkpoint/layout/original_layout.h"

#include <array>
#include <set>
#include <string_view>

#include "pipeline/checkpoint/layout/derived_config.h"

namespace nightreel {
namespace {

// The stem of a file that is one part; the ends are those of the formats that are read.
struct PartFile {
    std::string_view part;
    std::string_view start;
    ModelPart what;
};

const std::array<PartFile, 4>& part_files() {
    static const std::array<PartFile, 4> files{
        {{"vae", "Wan2.1_VAE", {"diffusers", "AutoencoderKLWan"}},
         {"vae", "Wan2.2_VAE", {"diffusers", "AutoencoderKLWan"}},
         {"text_encoder", "models_t5_umt5-xxl-enc", {"transformers", "UMT5EncoderModel"}},
         {"image_encoder", "models_clip_open-clip", {"transformers", "CLIPVisionModel"}}}};
    return files;
}

bool holds_weights(const std::filesystem::path& folder) {
    constexpr auto stems = std::to_array<std::string_view>({"diffusion_pytorch_model", "model"});
    if (!std::filesystem::is_directory(folder)) return false;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (!std::filesystem::exists(entry.path())) continue;
        for (const std::string_view stem : stems) {
            const bool is_weights =
                name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json");
            if (is_weights && name.starts_with(stem)) return true;
        }
    }
    return false;
}

void add_part_files(ModelFolder& folder) {
    // In the order of their names: a converted file comes after the pickle and is preferred.
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
        if (entry.is_regular_file()) files.insert(entry.path());
    }
    for (const std::filesystem::path& file : files) {
        const std::string name = file.filename().string();
        if (file.extension() != ".pth" && file.extension() != ".safetensors") continue;
        for (const PartFile& known : part_files()) {
            if (!name.starts_with(known.start)) continue;
            folder.parts[std::string(known.part)] = known.what;
            folder.places[std::string(known.part)] = file;
        }
    }
    const std::filesystem::path tokenizer = folder.path / "google" / "umt5-xxl";
    if (std::filesystem::is_directory(tokenizer)) {
        folder.parts["tokenizer"] = {"transformers", "T5TokenizerFast"};
        folder.places["tokenizer"] = tokenizer;
    }
}

struct Transformer {
    std::string class_name;
    std::int64_t channels_in = 0;
    std::int64_t channels_out = 0;
};

Transformer read_transformer(const PartPlace& location) {
    constexpr std::int64_t channels_max = 1 << 20;
    JsonConfig config(part_config_of(location), location.path / "config.json");
    Transformer found{config.text("_class_name"), config.integer("in_channels", 1, channels_max)};
    if (config.has("out_channels")) {
        found.channels_out = config.integer("out_channels", 1, channels_max);
    }
    return found;
}

std::string pipeline_of(const Transformer& transformer) {
    const std::string& name = transformer.class_name;
    const bool sees_image = transformer.channels_in == 36;
    if (name == "WanVACETransformer3DModel") return "WanVACEPipeline";
    if (name == "SkyReelsV2Transformer3DModel") {
        return sees_image ? "SkyReelsV2ImageToVideoPipeline" : "SkyReelsV2DiffusionForcingPipeline";
    }
    return sees_image ? "WanImageToVideoPipeline" : "WanPipeline";
}

}  // namespace

void add_transformers(ModelFolder& folder,
                      const PartPlace& transformer,
                      const std::optional<PartPlace>& low_noise) {
    const Transformer found = read_transformer(transformer);
    const ModelPart part{"diffusers", found.class_name};
    folder.parts["transformer"] = part;
    folder.places["transformer"] = transformer;
    folder.pipeline_class = pipeline_of(found);
    // The autoencoder of 48 channels came with the one model that has a timestep for each token.
    constexpr std::int64_t channels_2_2 = 48;
    const bool is_per_token =
        found.channels_in == channels_2_2 && found.channels_out == channels_2_2;
    folder.options["expand_timesteps"] = is_per_token;
    folder.options["boundary_ratio"] = nullptr;
    if (!low_noise) return;
    folder.parts["transformer_2"] = part;
    folder.places["transformer_2"] = *low_noise;
    folder.options["boundary_ratio"] = found.channels_in == 36 ? 0.900 : 0.875;
}

std::optional<ModelFolder> find_original_layout(const std::filesystem::path& path) {
    const auto high = path / "high_noise_model";
    const auto low = path / "low_noise_model";
    const bool has_experts = holds_weights(high) && holds_weights(low);
    if (!has_experts) {
        if (!holds_weights(path)) return {};
        // Other networks have files of that name too.
        const StoredPart stored(path, "diffusion_pytorch_model");
        if (network_kind_of(stored) != NetworkKind::transformer) return {};
    }
    ModelFolder folder;
    folder.path = path;
    folder.layout = ModelLayout::original;
    folder.options = nlohmann::json::object();
    if (has_experts) {
        add_transformers(folder, high, low);
    } else {
        add_transformers(folder, path, {});
    }
    add_part_files(folder);
    return folder;
}

}  // namespace nightreel
