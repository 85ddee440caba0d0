#pragma once
// What an engine has open: the parts of one model folder, each loaded when it is first needed. Of
// two experts one is in memory at a time, for a clip changes from the first to the second once.
// With a limit of memory, whoever is about to work first closes what does not fit beside it; what
// would not fit alone is Error{out_of_memory}. One thread.

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/tensor/residency.h"
#include "pipeline/model/text/text_encoder.h"
#include "pipeline/model/transformer/transformer.h"
#include "pipeline/model/vae/vae.h"
#include "pipeline/model/vision/clip_vision.h"
#include "pipeline/model/vision/picture_preparation.h"
#include "pipeline/plan/memory_plan.h"
#include "pipeline/sample/engine.h"
#include "pipeline/sample/engine_loras.h"
#include "pipeline/sample/model_inputs.h"
#include "pipeline/sample/segment_request.h"
#include "shotspec/card/model_dimensions.h"

namespace nightreel {

// The vision tower and how pictures are prepared for it.
struct PictureReader {
    PictureReader(const ModelFolder& model, const c10::Device& device);

    ClipVision tower;
    PictureRules rules;
};

struct EngineParts {
    explicit EngineParts(const EngineOptions& given);

    std::vector<TextStates> read_texts(std::span<const std::string> prompts);
    // Streamed block by block when the request would need more memory than the options allow. It
    // has these LoRAs, which are the request's as strong as they are in some of its steps.
    const WanTransformer& network(std::size_t expert,
                                  const SegmentRequest& request,
                                  std::span<const SegmentLora> loras);
    // To turn so many pictures into latents of this size, or latents into pictures. Valid until
    // another part is asked for.
    const WanVae& encoder(const LatentSize& size, std::int64_t frames);
    const WanVae& decoder(const LatentSize& size);
    // In float32 whatever the policy: for pictures that will be encoded again.
    const WanVae& exact_decoder(const LatentSize& size);
    const VaeConfig& autoencoder_config();
    const PictureReader& pictures();

    // Everything that takes memory; it is opened again when it is needed.
    void close();

    // What the weights of open networks take between uses; counted where there is a limit.
    std::int64_t held() const {
        return held_by(Worker::transformer) + held_by(Worker::autoencoder);
    }

    EngineOptions options;
    c10::Device device;
    ModelFolder model;
    WanConfig config;  // of the first expert; the second one's is the same but for its weights
    ModelInputs inputs;
    PrecisionPolicy policy;

  private:
    // Where the part lies, once whoever opened the engine agrees.
    std::filesystem::path opened(const std::string& part) const;

    enum class Worker { transformer, autoencoder, other };

    // What the transformer of a request takes, its LoRAs included.
    struct Placement {
        Residency residency = Residency::resident;
        std::int64_t need_bytes = 0;
    };

    const TextEncoder& text();

    bool has_limit() const { return options.memory_bytes > 0; }

    Placement placement_for(std::size_t expert, const SegmentRequest& request);
    PictureWork pictures_of(const LatentSize& size, std::int64_t frames);
    std::int64_t held_by(Worker worker) const;
    void make_room(Worker worker, std::int64_t need_bytes);
    const WanVae& autoencoder();

    ModelDimensions sizes_;  // read where there is a limit
    std::optional<TextEncoder> text_encoder_;
    std::map<std::string, TextStates> texts_;  // read before
    std::optional<WanTransformer> transformer_;
    EngineLoras loras_;  // of the transformer
    std::size_t expert_ = 0;
    Residency residency_ = Residency::resident;
    std::optional<WanVae> vae_;
    std::optional<WanVae> exact_vae_;  // beside one that decodes in another type
    std::optional<PictureReader> pictures_;
};

}  // namespace nightreel
