// Pipelines of diffusion forcing: a clip in windows, each of which sees the end of the one before.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/text/text_encoder.h"
#include "pipeline/model/transformer/transformer.h"
#include "pipeline/model/vae/vae.h"
#include "pipeline/model/vision/picture_preparation.h"
#include "pipeline/parity/given_pictures.h"
#include "pipeline/parity/parity_cases.h"
#include "pipeline/parity/pipeline_record.h"
#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

namespace {

constexpr std::int64_t text_rows = 512;

struct ForcingModel {
    ForcingModel(const ModelFolder& folder, const at::Device& device)
        : transformer(folder.folder_of("transformer"), device, PrecisionPolicy::float32),
          vae(folder.folder_of("vae"), device, PrecisionPolicy::float32) {}

    WanTransformer transformer;
    WanVae vae;
};

// The recorded draws, in the order in which they were made.
class RecordedNoise {
  public:
    explicit RecordedNoise(const ParityCase& parity_case)
        : case_(parity_case), inputs_(parity_case.inputs()) {}

    at::Tensor next() { return input_of(case_, inputs_, fmt::format("noise.{:03}", drawn_++)); }

    const NamedTensors& inputs() const { return inputs_; }

  private:
    const ParityCase& case_;
    NamedTensors inputs_;
    int drawn_ = 0;
};

// Pictures [t, h, w, 3] of bytes as [1, 3, t, h, w] in [-1, 1], of the size that the call asks for.
at::Tensor video_of(const at::Tensor& pictures_thwc, const nlohmann::json& call) {
    std::vector<at::Tensor> frames;
    for (const BytePicture& picture : pictures_of(pictures_thwc)) {
        frames.push_back(
            video_pixels(picture, call.at("width").get<int>(), call.at("height").get<int>()));
    }
    return at::cat(frames, 2);
}

// How the clip is cut, in latent frames.
struct Windows {
    std::int64_t frames = 0;
    std::int64_t base = 0;
    std::int64_t overlap = 0;
    std::int64_t count = 1;

    std::int64_t frames_of(std::int64_t window) const {
        return std::min(frames - window * (base - overlap), base);
    }
};

Windows windows_of(const nlohmann::json& call, std::int64_t frames_per_latent, bool extends) {
    const auto latent_frames = [&](const char* key) {
        return (call.at(key).get<std::int64_t>() - 1) / frames_per_latent + 1;
    };
    Windows windows;
    windows.frames = latent_frames("num_frames");
    windows.base = windows.frames;
    if (!call.contains("overlap_history")) return windows;
    windows.overlap = latent_frames("overlap_history");
    const std::int64_t base = latent_frames("base_num_frames");
    if (windows.frames <= base && !extends) return windows;
    windows.base = std::min(base, windows.frames);
    const std::int64_t stride = windows.base - windows.overlap;
    windows.count = 1 + (windows.frames - windows.base + stride - 1) / stride;
    return windows;
}

void give(SegmentTensors& segment, std::int64_t first, const at::Tensor& latents_bcfhw) {
    if (!segment.clean_bcfhw.defined()) {
        segment.clean_bcfhw = at::zeros_like(segment.noise_bcfhw);
        segment.is_clean.assign(static_cast<std::size_t>(segment.noise_bcfhw.size(2)), false);
    }
    const std::int64_t count = latents_bcfhw.size(2);
    segment.clean_bcfhw.narrow(2, first, count).copy_(latents_bcfhw);
    std::fill_n(segment.is_clean.begin() + first, count, true);
}

SegmentTensors window_tensors(RecordedNoise& noise,
                              const at::Tensor& history_bcfhw,
                              const at::Tensor& end_bcfhw,
                              const SamplingPlan& plan) {
    SegmentTensors segment;
    segment.noise_bcfhw = noise.next();
    if (end_bcfhw.defined()) {
        segment.noise_bcfhw = at::cat({segment.noise_bcfhw, at::zeros_like(end_bcfhw)}, 2);
    }
    const std::int64_t frames = segment.noise_bcfhw.size(2);
    if (end_bcfhw.defined()) give(segment, frames - end_bcfhw.size(2), end_bcfhw);
    if (!history_bcfhw.defined()) return segment;
    // The reference keeps whole blocks of history and samples the frames of a last part anew.
    const std::int64_t kept = history_bcfhw.size(2) / plan.forcing->block * plan.forcing->block;
    if (kept > 0) give(segment, 0, history_bcfhw.narrow(2, 0, kept));
    segment.fresh_noise = [&noise, frames](int) {
        const at::Tensor drawn = noise.next();
        return at::constant_pad_nd(drawn, {0, 0, 0, 0, 0, frames - drawn.size(2)});
    };
    return segment;
}

SamplingPlan plan_of(const ParityCase& parity_case,
                     const ModelFolder& folder,
                     const WanConfig& config) {
    const nlohmann::json& call = parity_case.config.at("call");
    SamplingPlan plan = sampling_plan(recorded_settings(parity_case, folder));
    plan.forcing =
        ForcingSettings{.block = call.value("causal_block_size",
                                            static_cast<std::int32_t>(config.frames_per_block)),
                        .lag = call.value("ar_step", 0),
                        .history_noise = call.value("addnoise_condition", 0.0)};
    return plan;
}

WanConditions conditions_of(const nlohmann::json& call, const WanConfig& config) {
    WanConditions conditions;
    if (config.knows_rate) conditions.rate = call.value("fps", 24.0);
    if (call.contains("causal_block_size")) {
        conditions.frames_per_block = call.at("causal_block_size").get<std::int64_t>();
    }
    return conditions;
}

// Prompt and negative prompt as one batch.
at::Tensor texts_of(const ParityCase& parity_case,
                    const ModelFolder& folder,
                    bool is_guided,
                    NamedTensors& seen) {
    const TextEncoder encoder(
        folder.folder_of("tokenizer"), folder.folder_of("text_encoder"), parity_case.device);
    const auto text_of = [&](const char* key) {
        return encoder.encode(parity_case.config.at(key).get<std::string>(), text_rows);
    };
    const at::Tensor prompt = text_of("prompt");
    seen["call0.encoder_hidden_states"] = used_rows(prompt);
    if (!is_guided) return prompt;
    const at::Tensor negative = text_of("negative_prompt");
    seen["call1.encoder_hidden_states"] = used_rows(negative);
    return at::cat({prompt, negative});
}

// What stands before the first window: the end of a given clip, or a first picture.
at::Tensor first_history(const ForcingModel& model,
                         const NamedTensors& inputs,
                         const nlohmann::json& call) {
    if (const auto image = inputs.find("image"); image != inputs.end()) {
        return model.vae.encode(video_of(image->second.unsqueeze(0), call));
    }
    const auto video = inputs.find("video");
    if (video == inputs.end()) return {};
    const auto count = call.value("overlap_history", std::int64_t{1});
    const std::int64_t frames = video->second.size(0);
    return model.vae.encode(video_of(video->second.narrow(0, frames - count, count), call));
}

}  // namespace

NamedTensors compute_forcing_case(const ParityCase& parity_case, const ModelFolder& folder) {
    const nlohmann::json& call = parity_case.config.at("call");
    const ForcingModel model(folder, parity_case.device);
    const SamplingPlan plan = plan_of(parity_case, folder, model.transformer.config());
    NamedTensors seen;
    const bool is_guided = plan.guidance > 1;
    const TextContext text =
        model.transformer.prepare_text(texts_of(parity_case, folder, is_guided, seen));
    const WanConditions conditions = conditions_of(call, model.transformer.config());
    const Velocity velocity = [&](const at::Tensor& latents, const at::Tensor& timesteps) {
        return model.transformer.forward(latents, timesteps, text, conditions);
    };

    RecordedNoise noise(parity_case);
    const bool extends = noise.inputs().contains("video");
    const Windows windows = windows_of(call, model.vae.config().frames_per_latent(), extends);
    at::Tensor clip;
    at::Tensor history = first_history(model, noise.inputs(), call);
    at::Tensor end;
    if (const auto last = noise.inputs().find("last_image"); last != noise.inputs().end()) {
        end = model.vae.encode(video_of(last->second.unsqueeze(0), call));
    }
    for (std::int64_t window = 0; window < windows.count; ++window) {
        const bool is_last = window + 1 == windows.count;
        const SegmentTensors segment =
            window_tensors(noise, history, is_last ? end : at::Tensor(), plan);
        std::vector<SampledStep> steps;
        at::Tensor latents = sample_latents(
            velocity, segment, plan, [&](const SampledStep& step) { steps.push_back(step); });
        if (window == 0) add_calls(steps, is_guided, seen);
        NamedTensors scheduled;
        add_schedule(steps, plan, scheduled);
        if (window == 0) seen.insert(scheduled.begin(), scheduled.end());
        seen[fmt::format("window{}.latents", window)] = scheduled.at("latents");
        latents = latents.narrow(2, 0, windows.frames_of(window));
        const bool joins = window > 0;
        const std::int64_t old = joins ? windows.overlap : 0;
        const at::Tensor fresh = latents.narrow(2, old, latents.size(2) - old);
        clip = joins ? at::cat({clip, fresh}, 2) : latents;
        history = clip.narrow(2, clip.size(2) - windows.overlap, windows.overlap);
    }
    add_pictures(
        model.vae, clip, seen, extends ? video_of(noise.inputs().at("video"), call) : at::Tensor());
    return seen;
}

}  // namespace nightreel
