#pragma once
// What a model is given beside prompts and noise, told from its files. A value.

#include <optional>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/transformer/config.h"
#include "shotspec/card/model_card.h"

namespace nightreel {

// How pictures of characters reach a model.
enum class ReferenceUse {
    refused,
    in_front,  // clean latent frames before the clip
    canvas,    // control channels: pictures of any shape, on a white canvas
};

struct ModelInputs {
    ReferenceUse references = ReferenceUse::refused;
    bool clean_frames = false;      // latent frames at timestep 0: history, a first picture
    bool picture_channels = false;  // given pictures as channels beside the noisy ones
    bool rate = false;              // is told the frame rate
    bool vision_tower = false;      // and as tokens
    PictureUse last_picture = PictureUse::refused;
    std::optional<double> boundary;  // timestep below which the second expert is asked
    bool frame_levels = false;       // a noise level for each latent frame
    // How its frames move where nothing is asked: all at once, in the blocks of its configuration.
    std::optional<ForcingSettings> forcing;
};

// Error{bad_input} names the key that fits no model of the family.
ModelInputs model_inputs(const ModelFolder& model, const WanConfig& config);

// What was asked of the model, with its own forcing where it has one and none was asked.
SamplingSettings sampling_for(const ModelInputs& inputs, const SamplingSettings& asked);

}  // namespace nightreel
