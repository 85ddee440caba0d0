#pragma once
// What an engine has open: the parts of one model folder, each loaded when it is first needed. Of
// two experts one is in memory at a time, for a clip changes from the first to the second once. One
// thread.

#include <cstddef>
#include <optional>

#include "pipeline/checkpoint/model_folder.h"
#include "pipeline/model/clip_vision.h"
#include "pipeline/model/picture_preparation.h"
#include "pipeline/model/text_encoder.h"
#include "pipeline/model/vae.h"
#include "pipeline/model/wan_transformer.h"
#include "pipeline/sample/engine.h"
#include "pipeline/sample/model_inputs.h"

namespace nightreel {

// The vision tower and how pictures are prepared for it.
struct PictureReader {
    PictureReader(const ModelFolder& model, const c10::Device& device);

    ClipVision tower;
    PictureRules rules;
};

struct EngineParts {
    explicit EngineParts(const EngineOptions& given);

    const TextEncoder& text();
    const WanTransformer& network(std::size_t expert);
    const WanVae& autoencoder();
    const PictureReader& pictures();

    EngineOptions options;
    c10::Device device;
    ModelFolder model;
    WanConfig config;  // of the first expert; the second one's is the same but for its weights
    ModelInputs inputs;
    PrecisionPolicy policy;

  private:
    std::optional<TextEncoder> text_encoder_;
    std::optional<WanTransformer> transformer_;
    std::size_t expert_ = 0;
    std::optional<WanVae> vae_;
    std::optional<PictureReader> pictures_;
};

}  // namespace nightreel
