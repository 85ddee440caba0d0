#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/model/vae/vae.h"
#include "pipeline/parity/parity_cases.h"

namespace nightreel {

namespace {

// uint8 [b, t, h, w, c] to [-1, 1], channels first.
at::Tensor video_of(const at::Tensor& bytes) {
    return (bytes.to(at::kFloat) / 127.5 - 1).permute({0, 4, 1, 2, 3});
}

NamedTensors run_clips(const ParityCase& parity_case, const WanVae& vae) {
    const NamedTensors inputs = parity_case.inputs();
    NamedTensors seen;
    for (const auto& [clip, unused] : parity_case.config.at("clips").items()) {
        const at::Tensor video = video_of(input_of(parity_case, inputs, clip + ".video"));
        const at::Tensor moments = vae.moments(video);
        seen[clip + ".moments"] = moments;
        seen[clip + ".encoded"] = vae.normalised(moments.chunk(2, 1)[0]);
        const at::Tensor latent = vae.denormalised(input_of(parity_case, inputs, clip + ".latent"));
        seen[clip + ".denormalised"] = latent;
        seen[clip + ".decoded"] = vae.decode(latent);
    }
    return seen;
}

NamedTensors run_tiles(const ParityCase& parity_case, const WanVae& vae) {
    constexpr std::int64_t pixels_max = 1 << 16;
    JsonConfig config(parity_case.config.at("tiling"), parity_case.folder / "config.json");
    Tiling tiling;
    tiling.height = config.integer("tile_sample_min_height", 1, pixels_max);
    tiling.width = config.integer("tile_sample_min_width", 1, pixels_max);
    tiling.stride_height = config.integer("tile_sample_stride_height", 1, pixels_max);
    tiling.stride_width = config.integer("tile_sample_stride_width", 1, pixels_max);
    const NamedTensors inputs = parity_case.inputs();
    return {
        {"tiled.decoded", vae.decode(input_of(parity_case, inputs, "latent"), tiling)},
        {"tiled.moments", vae.moments(video_of(input_of(parity_case, inputs, "video")), tiling)}};
}

NamedTensors run_stages(const ParityCase& parity_case, const WanVae& vae) {
    const NamedTensors inputs = parity_case.inputs();
    NamedTensors seen;
    std::map<std::string, int> chunks;
    const Watch watch = [&](const std::string& name, const at::Tensor& value) {
        seen[fmt::format("{}.chunk{}", name, chunks[name]++)] = value.clone();
    };
    seen["moments"] = vae.moments(video_of(input_of(parity_case, inputs, "video")), {}, watch);
    seen["decoded"] = vae.decode(input_of(parity_case, inputs, "latent"), {}, watch);
    return seen;
}

}  // namespace

NamedTensors compute_vae_case(const ParityCase& parity_case) {
    const WanVae vae(parity_case.weights_folder(), parity_case.device, PrecisionPolicy::float32);
    if (parity_case.config.contains("clips")) return run_clips(parity_case, vae);
    if (parity_case.config.contains("tiling")) return run_tiles(parity_case, vae);
    return run_stages(parity_case, vae);
}

}  // namespace nightreel
