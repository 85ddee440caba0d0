#include "pipeline/sample/engine_parts.h"

#include <algorithm>

#include <ATen/Parallel.h>

#include "pipeline/model/device.h"
#include "pipeline/plan/memory_plan.h"
#include "pipeline/sample/guidance.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

c10::Device prepared_device(const EngineOptions& options) {
    if (options.threads < 1) throw Error(ErrorKind::bad_input, "threads: at least 1 is needed");
    const c10::Device device = open_device(options.device);
    at::set_num_threads(options.threads);
    return device;
}

// Judged by the transformer, which does nearly all of the work, and then used for every network.
PrecisionPolicy chosen_policy(const EngineOptions& options,
                              const ModelFolder& model,
                              const c10::Device& device) {
    if (options.precision) return *options.precision;
    const Weights weights(model.folder_of("transformer"), "diffusion_pytorch_model");
    return choose_precision(device, processor_facts(), weights.parameters());
}

// The original repositories have no file for what is CLIP's own.
PictureRules rules_of(const ModelFolder& model, const ClipVision& tower) {
    if (model.has("image_processor")) return read_picture_rules(model.folder_of("image_processor"));
    return clip_picture_rules(static_cast<int>(tower.config().side));
}

const char* part_of(std::size_t expert) {
    return expert == 0 ? "transformer" : "transformer_2";
}

}  // namespace

PictureReader::PictureReader(const ModelFolder& model, const c10::Device& device)
    : tower(model.folder_of("image_encoder"), device), rules(rules_of(model, tower)) {}

EngineParts::EngineParts(const EngineOptions& given)
    : options(given),
      device(prepared_device(given)),
      model(open_model_folder(given.model)),
      config(read_wan_config(model.folder_of("transformer"))),
      inputs(model_inputs(model, config)),
      policy(chosen_policy(given, model, device)) {}

std::filesystem::path EngineParts::opened(const std::string& part) const {
    if (options.before_part) options.before_part(part);
    return model.folder_of(part);
}

const TextEncoder& EngineParts::text() {
    if (!text_encoder_) {
        text_encoder_.emplace(model.folder_of("tokenizer"), opened("text_encoder"), device);
    }
    return *text_encoder_;
}

Residency EngineParts::residency_for(std::size_t expert, const SegmentRequest& request) {
    if (options.memory_bytes <= 0) return Residency::resident;
    const Weights weights(model.folder_of(part_of(expert)), "diffusion_pytorch_model");
    const auto item_bytes = static_cast<std::int64_t>(c10::elementSize(facts_of(policy).products));
    const TransformerWork work{
        .tokens_per_frame = std::int64_t{request.size.height} * request.size.width /
                            (config.patch[1] * config.patch[2]),
        .latent_frames = request.frames.end - request.frames.begin + request.references.frames,
        .batch = needs_guidance(request.sampling.guidance) ? 2 : 1,
        .text_rows = options.prompt_tokens_max};
    const std::int64_t left =
        options.memory_bytes - loras_.bytes(expert, request.loras, item_bytes);
    return choose_residency(
        transformer_sizes(config, weights, item_bytes), work, std::max<std::int64_t>(left, 1));
}

const WanTransformer& EngineParts::network(std::size_t expert, const SegmentRequest& request) {
    const Residency wanted = residency_for(expert, request);
    if (!transformer_ || expert_ != expert || residency_ != wanted) {
        // The other one makes room before this one is opened.
        transformer_.reset();
        loras_.forget();
        // Prompts are encoded before: with a limit, the encoder's pages are worth more here.
        if (options.memory_bytes > 0) text_encoder_.reset();
        transformer_.emplace(opened(part_of(expert)), device, policy, wanted);
        expert_ = expert;
        residency_ = wanted;
    }
    loras_.put(*transformer_, expert, request.loras);
    return *transformer_;
}

const WanVae& EngineParts::autoencoder() {
    if (!vae_) vae_.emplace(opened("vae"), device, policy);
    return *vae_;
}

const PictureReader& EngineParts::pictures() {
    if (!pictures_) {
        (void)opened("image_encoder");
        pictures_.emplace(model, device);
    }
    return *pictures_;
}

}  // namespace nightreel
