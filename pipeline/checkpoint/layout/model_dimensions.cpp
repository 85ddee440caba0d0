#include "pipeline/checkpoint/layout/model_dimensions.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace nightreel {
namespace {

using Shape = std::vector<std::int64_t>;

const Shape& shape_of(const StoredPart& part, std::string_view name, std::size_t rank) {
    const StoredPart::Place* place = part.find(name);
    if (place == nullptr) part.refuse(fmt::format("{}: missing; its shape is required", name));
    if (place->tensor.shape.size() != rank) {
        part.refuse(fmt::format("{}: expected {} dimensions", name, rank));
    }
    return place->tensor.shape;
}

std::int32_t size_at(const StoredPart& part, std::string_view name, std::size_t dimension) {
    return static_cast<std::int32_t>(shape_of(part, name, 2)[dimension]);
}

struct Sum {
    std::int64_t parameters = 0;
    std::int64_t bytes = 0;
};

Sum sum_of(const StoredPart& part, std::string_view prefix) {
    Sum sum;
    const auto& places = part.places();
    for (auto at = places.lower_bound(prefix); at != places.end() && at->first.starts_with(prefix);
         ++at) {
        sum.parameters += at->second.tensor.elements();
        sum.bytes += static_cast<std::int64_t>(at->second.tensor.bytes);
    }
    return sum;
}

// The number that follows `prefix` in a name, "decoder.up_blocks.2.resnets...".
std::int64_t number_after(std::string_view name, std::string_view prefix) {
    std::int64_t number = 0;
    for (const char digit : name.substr(prefix.size())) {
        if (digit < '0' || digit > '9') break;
        number = 10 * number + (digit - '0');
    }
    return number;
}

// Tells how many cells stand side by side along a latent cell's side, where a layer works.
class Autoencoder {
  public:
    explicit Autoencoder(const StoredPart& part)
        : part_(part), doublings_(part.layers_of(decoder_stage) - 1) {
        constexpr std::int64_t doublings_max = 8;
        if (doublings_ < 0 || doublings_ > doublings_max) {
            part.refuse(fmt::format("{}: {} stages: expected 1 to {}",
                                    decoder_stage,
                                    doublings_ + 1,
                                    doublings_max + 1));
        }
    }

    std::int64_t cells_at(std::string_view layer) const {
        const std::int64_t side = std::int64_t{1} << doublings_at(layer);
        return side * side;
    }

  private:
    static constexpr std::string_view decoder_stage = "decoder.up_blocks";
    static constexpr std::string_view encoder_stage = "encoder.down_blocks";

    std::int64_t doublings_at(std::string_view layer) const {
        if (layer.starts_with("decoder.conv_out") || layer.starts_with("encoder.conv_in")) {
            return doublings_;
        }
        if (layer.starts_with(decoder_stage)) {
            return std::min(number_after(layer, "decoder.up_blocks."), doublings_);
        }
        if (layer.starts_with(encoder_stage)) return doublings_ - halvings_before(layer);
        return 0;
    }

    // A stage of the encoder ends with what halves sides; convolutions over time stand after that.
    std::int64_t halvings_before(std::string_view layer) const {
        const std::int64_t index = number_after(layer, "encoder.down_blocks.");
        const bool is_behind = layer.find("time_conv") != std::string_view::npos;
        std::int64_t halvings = is_behind ? 1 : 0;
        for (std::int64_t before = 0; before < index; ++before) {
            const std::string block = fmt::format("{}.{}.", encoder_stage, before);
            if (part_.contains(block + "resample.1.weight") ||
                part_.contains(block + "downsampler.resample.1.weight")) {
                ++halvings;
            }
        }
        return std::min(halvings, doublings_);
    }

    const StoredPart& part_;
    std::int64_t doublings_;
};

}  // namespace

TransformerDimensions transformer_dimensions(const StoredPart& part) {
    const std::int64_t control = part.layers_of("vace_blocks");
    return {.parameters = part.parameters(),
            .block_parameters = sum_of(part, "blocks.0.").parameters,
            .blocks = static_cast<std::int32_t>(part.layers_of("blocks") + control),
            .branches = control > 0 ? 2 : 1,
            .width = static_cast<std::int32_t>(shape_of(part, "patch_embedding.weight", 5)[0]),
            .feed_forward = size_at(part, "blocks.0.ffn.net.0.proj.weight", 0)};
}

TextEncoderDimensions text_encoder_dimensions(const StoredPart& part) {
    const std::string layer = "encoder.block.0.layer.";
    return {.layer_bytes = sum_of(part, layer).bytes,
            .width = size_at(part, "shared.weight", 1),
            .feed_forward = size_at(part, layer + "1.DenseReluDense.wi_0.weight", 0),
            .heads = size_at(part, layer + "0.SelfAttention.relative_attention_bias.weight", 1)};
}

AutoencoderDimensions autoencoder_dimensions(const StoredPart& part) {
    const Autoencoder autoencoder(part);
    AutoencoderDimensions found{.encoder_parameters = sum_of(part, "encoder.").parameters,
                                .decoder_parameters = sum_of(part, "decoder.").parameters};
    for (const auto& [name, place] : part.places()) {
        const Shape& shape = place.tensor.shape;
        constexpr std::int64_t frames_deep = 3;
        if (shape.size() != 5 || shape[2] != frames_deep) continue;
        const std::int64_t cells = autoencoder.cells_at(name);
        const std::int64_t kept = (frames_deep - 1) * shape[1] * cells;
        if (name.starts_with("decoder.")) {
            found.decoder_kept += kept;
            continue;
        }
        found.encoder_kept += kept;
        found.encoder_widest = std::max(found.encoder_widest, shape[0] * cells);
    }
    return found;
}

ModelDimensions model_dimensions(const ModelFolder& folder) {
    constexpr const char* diffusers_stem = "diffusion_pytorch_model";
    ModelDimensions found{
        .transformer =
            transformer_dimensions(StoredPart(folder.place_of("transformer"), diffusers_stem)),
        .text_encoder =
            text_encoder_dimensions(StoredPart(folder.place_of("text_encoder"), "model")),
        .autoencoder = autoencoder_dimensions(StoredPart(folder.place_of("vae"), diffusers_stem))};
    if (folder.has("image_encoder")) {
        const StoredPart tower(folder.place_of("image_encoder"), "model");
        found.image_encoder_bytes = sum_of(tower, "").bytes;
    }
    return found;
}

ModelLatents latents_of(const ModelFolder& folder) {
    const PartPlace place = folder.place_of("vae");
    return latents_of(JsonConfig(part_config_of(place), place.path / "config.json"));
}

ModelLatents latents_of(JsonConfig autoencoder) {
    constexpr std::int64_t channels_max = 4096;
    constexpr std::int64_t scale_max = 64;
    constexpr std::int64_t channels_2_2 = 48;
    const auto scale = [&](const char* key, std::int64_t otherwise) {
        return static_cast<std::int32_t>(
            autoencoder.has(key) ? autoencoder.integer(key, 1, scale_max) : otherwise);
    };
    const std::int64_t channels = autoencoder.integer("z_dim", 1, channels_max);
    // Older configurations do not say what 48 channels always go with.
    return {.channels = static_cast<std::int32_t>(channels),
            .frames_per_latent = scale("scale_factor_temporal", 4),
            .pixels_per_latent = scale("scale_factor_spatial", channels == channels_2_2 ? 16 : 8)};
}

}  // namespace nightreel
