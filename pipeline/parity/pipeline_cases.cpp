#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/text/text_encoder.h"
#include "pipeline/model/transformer/transformer.h"
#include "pipeline/model/vae/vae.h"
#include "pipeline/model/vision/clip_vision.h"
#include "pipeline/model/vision/picture_preparation.h"
#include "pipeline/parity/given_pictures.h"
#include "pipeline/parity/parity_cases.h"
#include "pipeline/parity/pipeline_record.h"
#include "pipeline/sample/conditioning.h"
#include "pipeline/sample/guidance.h"
#include "pipeline/sample/segment_sampler.h"
#include "pipeline/sample/segment_velocity.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr std::int64_t text_rows = 512;

// A case with its parts opened, and what it computed so far.
struct Run {
    const ParityCase& parity_case;
    ModelFolder model;
    NamedTensors inputs;
    SamplingPlan plan;  // all steps of the call
    WanVae vae;
    NamedTensors seen = {};

    const nlohmann::json& call() const { return parity_case.config.at("call"); }

    at::Tensor input(const std::string& name) const { return input_of(parity_case, inputs, name); }

    bool option(const char* key) const {
        const auto found = model.options.find(key);
        return found != model.options.end() && *found == true;
    }
};

// What a pipeline makes of its pictures and clips before it samples.
struct Prepared {
    SegmentTensors segment;
    Conditions conditions;
    int first_step = 0;
    std::int64_t references = 0;  // leading latent frames that are no part of the clip
};

struct Side {
    int rows = 0;
    int columns = 0;
};

Side side_of(const Run& run) {
    return {run.call().at("height").get<int>(), run.call().at("width").get<int>()};
}

at::Tensor pixels_of(const Run& run, const BytePicture& picture) {
    const Side side = side_of(run);
    return video_pixels(picture, side.columns, side.rows);
}

at::Tensor given_picture(const Run& run, const char* name) {
    return run.inputs.contains(name) ? pixels_of(run, picture_of(run.input(name))) : at::Tensor();
}

at::Tensor given_clip(const Run& run, const char* name) {
    std::vector<at::Tensor> frames;
    for (const BytePicture& picture : pictures_of(run.input(name))) {
        frames.push_back(pixels_of(run, picture));
    }
    return at::cat(frames, 2);
}

// Rows of each given picture after the other, [1, p, i].
at::Tensor read_pictures(Run& run) {
    const ClipVision tower(run.model.folder_of("image_encoder"), run.parity_case.device);
    const PictureRules rules =
        read_picture_rules(run.model.folder_of("image_processor"), tower.config().side);
    std::vector<at::Tensor> pixels;
    for (const char* name : {"image", "last_image"}) {
        if (!run.inputs.contains(name)) continue;
        pixels.push_back(tower_pixels(picture_of(run.input(name)), rules));
    }
    const at::Tensor rows = tower.read(at::cat(pixels));
    run.seen["call0.encoder_hidden_states_image"] = rows;
    return rows.reshape({1, -1, rows.size(2)});
}

// What the reference makes of a number of frames that are no whole latent ones: fewer of them.
std::int64_t whole_clip_frames(const Run& run) {
    const std::int64_t stride = run.vae.config().frames_per_latent();
    const auto frames = run.call().at("num_frames").get<std::int64_t>();
    return frames % stride == 1 ? frames : frames / stride * stride + 1;
}

Prepared prepare_pictures(Run& run) {
    Prepared prepared;
    prepared.segment.noise_bcfhw = run.input("latents");
    const at::Tensor first = given_picture(run, "image");
    if (run.option("expand_timesteps")) {
        SegmentTensors& segment = prepared.segment;
        segment.clean_bcfhw = at::zeros_like(segment.noise_bcfhw);
        segment.clean_bcfhw.narrow(2, 0, 1).copy_(run.vae.encode(first));
        segment.is_clean.assign(static_cast<std::size_t>(segment.noise_bcfhw.size(2)), false);
        segment.is_clean.front() = true;
        return prepared;
    }
    prepared.conditions.channels_1cfhw =
        picture_channels(run.vae, first, given_picture(run, "last_image"), whole_clip_frames(run));
    if (run.model.has("image_encoder")) prepared.conditions.pictures_1pi = read_pictures(run);
    return prepared;
}

// As the reference does it: cut to whole latent cells, put on the canvas, encoded alone.
at::Tensor reference_latents(const Run& run) {
    const auto cell = static_cast<int>(run.vae.config().pixels_per_latent());
    const Side side = side_of(run);
    std::vector<at::Tensor> latents;
    for (const auto& [name, bytes] : run.inputs) {
        if (!name.starts_with("reference.")) continue;
        const BytePicture picture = picture_of(bytes);
        const at::Tensor pixels =
            video_pixels(picture, picture.width / cell * cell, picture.height / cell * cell);
        latents.push_back(run.vae.encode(on_canvas(pixels, side.rows, side.columns)));
    }
    return latents.empty() ? at::Tensor() : at::cat(latents, 2);
}

std::vector<double> control_scales(const nlohmann::json& call, std::size_t hints) {
    const nlohmann::json& scale = call.at("conditioning_scale");
    if (scale.is_number()) return std::vector<double>(hints, scale.get<double>());
    return scale.get<std::vector<double>>();
}

Prepared prepare_control(Run& run) {
    Prepared prepared;
    prepared.segment.noise_bcfhw = run.input("latents");
    const Side side = side_of(run);
    ControlClip clip = empty_control(whole_clip_frames(run), side.rows, side.columns);
    if (run.inputs.contains("video")) clip.video = given_clip(run, "video");
    if (run.inputs.contains("mask")) {
        clip.mask = given_clip(run, "mask").add(1).div(2).clamp(0, 1);
    }
    const at::Tensor references = reference_latents(run);
    if (references.defined()) prepared.references = references.size(2);
    const auto hints = read_wan_config(run.model.folder_of("transformer")).control_layers.size();
    Conditions& conditions = prepared.conditions;
    conditions.control_1cfhw = control_channels(run.vae, clip, references);
    conditions.control_scales = control_scales(run.call(), hints);
    run.seen["call0.control_hidden_states"] = conditions.control_1cfhw;
    run.seen["call0.control_hidden_states_scale"] =
        at::tensor(conditions.control_scales, at::kFloat);
    return prepared;
}

Prepared prepare_clip(const Run& run) {
    Prepared prepared;
    prepared.first_step =
        first_step_of(run.plan.grid.steps(), run.call().at("strength").get<double>());
    const float sigma = run.plan.grid.sigmas.at(static_cast<std::size_t>(prepared.first_step));
    prepared.segment.noise_bcfhw =
        noised(run.vae.encode(given_clip(run, "video")), run.input("noise.000"), sigma);
    return prepared;
}

Prepared prepare(Run& run) {
    const std::string& name = run.model.pipeline_class;
    if (name == "WanImageToVideoPipeline") return prepare_pictures(run);
    if (name == "WanVACEPipeline") return prepare_control(run);
    if (name == "WanVideoToVideoPipeline") return prepare_clip(run);
    if (name != "WanPipeline") {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: unknown pipeline {}", run.parity_case.name, name));
    }
    Prepared prepared;
    prepared.segment.noise_bcfhw = run.input("latents");
    return prepared;
}

// With the prompt, then without where somebody is guided.
at::Tensor read_prompts(Run& run) {
    const TextEncoder encoder(run.model.folder_of("tokenizer"),
                              run.model.folder_of("text_encoder"),
                              run.parity_case.device);
    const auto text_of = [&](const char* key) {
        return encoder.encode(run.parity_case.config.at(key).get<std::string>(), text_rows);
    };
    const at::Tensor prompt = text_of("prompt");
    run.seen["call0.encoder_hidden_states"] = used_rows(prompt);
    if (!needs_guidance(run.plan.guidance)) return prompt;
    const at::Tensor negative = text_of("negative_prompt");
    run.seen["call1.encoder_hidden_states"] = used_rows(negative);
    return at::cat({prompt, negative});
}

// Timesteps [b] or [b, f] as one for each token, which a model without frames of its own is told.
at::Tensor token_timesteps(const at::Tensor& timesteps, const at::Tensor& latents_bcfhw) {
    constexpr std::int64_t patch = 2;
    const std::int64_t tokens = (latents_bcfhw.size(3) / patch) * (latents_bcfhw.size(4) / patch);
    const std::int64_t frames = latents_bcfhw.size(2);
    const at::Tensor of_frames =
        timesteps.dim() == 2 ? timesteps : timesteps.unsqueeze(1).expand({-1, frames});
    return of_frames.repeat_interleave(tokens, 1);
}

void record(Run& run, const Prepared& prepared, const std::vector<SampledStep>& steps) {
    add_calls(steps, needs_guidance(run.plan.guidance), run.seen);
    add_schedule(steps, run.plan, run.seen);
    at::Tensor& hidden = run.seen.at("call0.hidden_states");
    if (prepared.conditions.channels_1cfhw.defined()) {
        hidden = at::cat({hidden, prepared.conditions.channels_1cfhw}, 1);
    }
    std::vector<std::int64_t> experts;
    std::vector<at::Tensor> timesteps;
    for (const SampledStep& step : steps) {
        experts.push_back(static_cast<std::int64_t>(step.expert));
        timesteps.push_back(token_timesteps(step.timesteps, hidden));
    }
    run.seen["expert_of_step"] = at::tensor(experts, at::kLong);
    if (!run.option("expand_timesteps")) return;
    run.seen["call0.timestep"] = timesteps.front();
    run.seen["model_timesteps"] = at::stack(timesteps);
}

// The reference asks the first scale whether anybody is guided.
double second_guidance(const Run& run) {
    if (!needs_guidance(run.plan.guidance)) return 1;
    return run.call().value("guidance_scale_2", run.plan.guidance);
}

at::Tensor sample(Run& run, const Prepared& prepared, std::vector<SampledStep>& steps) {
    const at::Tensor text = read_prompts(run);
    const at::Device device = run.parity_case.device;
    constexpr PrecisionPolicy policy = PrecisionPolicy::float32;
    const WanTransformer transformer(run.model.folder_of("transformer"), device, policy);
    std::optional<WanTransformer> second;
    std::vector<Expert> experts{
        {velocity_of(transformer, text, prepared.conditions), run.plan.guidance}};
    if (run.model.has("transformer_2")) {
        constexpr double timesteps = 1000;
        second.emplace(run.model.folder_of("transformer_2"), device, policy);
        experts.front().timestep_min =
            run.model.options.at("boundary_ratio").get<double>() * timesteps;
        const double low = second_guidance(run);
        experts.push_back(
            {velocity_of(
                 *second, needs_guidance(low) ? text : text.narrow(0, 0, 1), prepared.conditions),
             low});
    }
    SamplingPlan rest = run.plan;
    rest.grid = from_step(run.plan.grid, prepared.first_step);
    return sample_latents(
        experts, prepared.segment, rest, [&](const SampledStep& step) { steps.push_back(step); });
}

}  // namespace

NamedTensors compute_pipeline_case(const ParityCase& parity_case) {
    ModelFolder model = open_model_folder(parity_case.folder);
    if (model.pipeline_class.starts_with("SkyReelsV2DiffusionForcing")) {
        return compute_forcing_case(parity_case, model);
    }
    SamplingPlan plan = sampling_plan(recorded_settings(parity_case, model));
    WanVae vae(model.folder_of("vae"), parity_case.device, PrecisionPolicy::float32);
    Run run{parity_case, std::move(model), parity_case.inputs(), std::move(plan), std::move(vae)};
    const Prepared prepared = prepare(run);
    std::vector<SampledStep> steps;
    const at::Tensor latents = sample(run, prepared, steps);
    record(run, prepared, steps);
    const std::int64_t clip = latents.size(2) - prepared.references;
    add_pictures(run.vae, latents.narrow(2, prepared.references, clip), run.seen);
    return std::move(run.seen);
}

}  // namespace nightreel
