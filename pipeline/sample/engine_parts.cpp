#include "pipeline/sample/engine_parts.h"

#include <ATen/Parallel.h>

#include "pipeline/model/device.h"
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
    if (options.precision != "auto") return precision_policy_named(options.precision);
    const Weights weights(model.folder_of("transformer"), "diffusion_pytorch_model");
    return choose_precision(device, processor_facts(), weights.parameters());
}

// The original repositories have no file for what is CLIP's own.
PictureRules rules_of(const ModelFolder& model, const ClipVision& tower) {
    if (model.has("image_processor")) return read_picture_rules(model.folder_of("image_processor"));
    return clip_picture_rules(static_cast<int>(tower.config().side));
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

const TextEncoder& EngineParts::text() {
    if (!text_encoder_) {
        text_encoder_.emplace(
            model.folder_of("tokenizer"), model.folder_of("text_encoder"), device);
    }
    return *text_encoder_;
}

const WanTransformer& EngineParts::network(std::size_t expert) {
    if (transformer_ && expert_ == expert) return *transformer_;
    // The other one makes room before this one is opened.
    transformer_.reset();
    const char* const part = expert == 0 ? "transformer" : "transformer_2";
    transformer_.emplace(model.folder_of(part), device, policy);
    expert_ = expert;
    return *transformer_;
}

const WanVae& EngineParts::autoencoder() {
    if (!vae_) vae_.emplace(model.folder_of("vae"), device, policy);
    return *vae_;
}

const PictureReader& EngineParts::pictures() {
    if (!pictures_) pictures_.emplace(model, device);
    return *pictures_;
}

}  // namespace nightreel
