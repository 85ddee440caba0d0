#include "pipeline/sample/model_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/model/tensor/faults.h"
#include "pipeline/model/text/text_encoder.h"
#include "pipeline/model/transformer/transformer.h"
#include "pipeline/model/vae/vae.h"
#include "pipeline/model/vision/clip_vision.h"
#include "pipeline/model/vision/picture_preparation.h"
#include "pipeline/sample/engine_parts.h"
#include "pipeline/sample/model_inputs.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

// What the engine says of it, or nothing.
template <class Open>
std::string fault_of(Open&& open) {
    try {
        in_tensors("opening", open);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

// Latents go from one to the other.
void check_latents(const WanConfig& transformer, const VaeConfig& autoencoder) {
    if (transformer.channels_out == autoencoder.latent_channels) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: out_channels: {}, but the autoencoder has latents of {} channels",
                            transformer.file.string(),
                            transformer.channels_out,
                            autoencoder.latent_channels));
}

}  // namespace

std::vector<CheckedPart> check_parts(const std::filesystem::path& model) {
    const ModelFolder folder = open_model_folder(model);
    const c10::Device device(c10::kCPU);
    std::vector<CheckedPart> parts;
    const auto check = [&](const char* name, auto&& open) {
        if (folder.has(name)) parts.push_back({name, fault_of(open)});
    };
    for (const char* expert : {"transformer", "transformer_2"}) {
        check(expert, [&] {
            (void)WanTransformer(
                folder.folder_of(expert), device, PrecisionPolicy::float32, Residency::streamed);
        });
    }
    check("vae", [&] { (void)WanVae(folder.folder_of("vae"), device, PrecisionPolicy::float32); });
    check("text_encoder", [&] {
        (void)TextEncoder(folder.folder_of("tokenizer"), folder.folder_of("text_encoder"), device);
    });
    check("image_encoder", [&] { (void)PictureReader(folder, device); });
    const bool is_open =
        std::ranges::all_of(parts, [](const CheckedPart& part) { return part.fault.empty(); });
    if (!is_open) return parts;
    parts.push_back({"model", fault_of([&] {
                         const WanConfig config = read_wan_config(folder.folder_of("transformer"));
                         (void)model_inputs(folder, config);
                         check_latents(config, read_vae_config(folder.folder_of("vae")));
                     })});
    return parts;
}

}  // namespace nightreel
