#include "pipeline/sample/model_inputs.h"

#include <string>

#include <fmt/format.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr double training_timesteps = 1000;

std::optional<double> boundary_of(const ModelFolder& model) {
    if (!model.has("transformer_2")) return {};
    const auto ratio = model.options.find("boundary_ratio");
    if (ratio != model.options.end() && ratio->is_number() && *ratio > 0 && *ratio < 1) {
        return ratio->get<double>() * training_timesteps;
    }
    throw Error(
        ErrorKind::bad_input,
        fmt::format(
            "{}: boundary_ratio: expected a number between 0 and 1, because there are two experts",
            (model.path / "model_index.json").string()));
}

// A mask with a channel for each frame of a latent frame, and latents.
void check_picture_channels(const WanConfig& config) {
    constexpr std::int64_t mask_channels = 4;
    const std::int64_t wanted = 2 * config.channels_out + mask_channels;
    if (config.channels_in == wanted) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: in_channels: {}, but {} (text to video) or {} (pictures to video) "
                            "go with out_channels {}",
                            config.file.string(),
                            config.channels_in,
                            config.channels_out,
                            wanted,
                            config.channels_out));
}

// The same transformer is published for both ways of sampling.
bool is_of_forcing(const ModelFolder& model) {
    return model.pipeline_class.find("DiffusionForcing") != std::string::npos;
}

}  // namespace

ModelInputs model_inputs(const ModelFolder& model, const WanConfig& config) {
    ModelInputs inputs;
    inputs.boundary = boundary_of(model);
    inputs.rate = config.knows_rate;
    if (config.kind == WanKind::vace) {
        inputs.references = ReferenceUse::canvas;
        return inputs;
    }
    if (config.channels_in == config.channels_out) {
        inputs.references = ReferenceUse::in_front;
        inputs.clean_frames = true;
        inputs.frame_levels = config.kind == WanKind::skyreels;
        if (inputs.frame_levels && is_of_forcing(model)) {
            inputs.forcing = {.block = static_cast<std::int32_t>(config.frames_per_block)};
        }
        return inputs;
    }
    check_picture_channels(config);
    inputs.picture_channels = true;
    inputs.vision_tower = config.picture > 0;
    // Learned positions are those of both pictures.
    inputs.last_picture = config.picture_positions > 0 ? PictureUse::needed : PictureUse::taken;
    return inputs;
}

SamplingSettings sampling_for(const ModelInputs& inputs, const SamplingSettings& asked) {
    SamplingSettings sampling = asked;
    if (!sampling.forcing) sampling.forcing = inputs.forcing;
    return sampling;
}

}  // namespace nightreel
