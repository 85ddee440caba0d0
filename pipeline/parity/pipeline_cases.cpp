#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/json_document.h"
#include "pipeline/checkpoint/model_folder.h"
#include "pipeline/model/text_encoder.h"
#include "pipeline/model/vae.h"
#include "pipeline/model/wan_transformer.h"
#include "pipeline/parity/parity_cases.h"
#include "pipeline/sample/segment_sampler.h"
#include "pipeline/sample/segment_velocity.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr std::int64_t text_rows = 512;

// The sampler as the case's scheduler folder and its call ask for it.
SamplingSettings settings_of(const ParityCase& parity_case, const ModelFolder& model) {
    SamplingSettings settings;
    const nlohmann::json& call = parity_case.config.at("call");
    settings.steps = call.at("num_inference_steps").get<std::int32_t>();
    settings.guidance = call.at("guidance_scale").get<double>();
    const std::filesystem::path file = model.folder_of("scheduler") / "scheduler_config.json";
    JsonConfig config = JsonConfig::read(file);
    const std::string& name = model.parts.at("scheduler").class_name;
    if (name == "UniPCMultistepScheduler") {
        settings.solver = Solver::unipc;
        settings.schedule = Schedule::diffusers_flow;
        settings.shift = config.number("flow_shift");
        return settings;
    }
    if (name != "FlowMatchEulerDiscreteScheduler") {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {} is not among the samplers known", file.string(), name));
    }
    settings.solver = Solver::euler;
    settings.schedule = Schedule::diffusers_euler;
    settings.shift = config.number("shift");
    return settings;
}

at::Tensor used_rows(const at::Tensor& text_blt) {
    const at::Tensor used = text_blt.ne(0).any(2).any(0).nonzero();
    return text_blt.narrow(1, 0, used.numel() == 0 ? 0 : used[-1].item<std::int64_t>() + 1);
}

// Pictures [1, t, c, h, w] in [0, 1].
at::Tensor pictures_of(const WanVae& vae, const at::Tensor& latents_bzthw) {
    DecodeState state;
    std::vector<at::Tensor> frames;
    for (const at::Tensor& one : latents_bzthw.split(1, 2)) {
        frames.push_back(vae.decode_next(one, state));
    }
    return (at::cat(frames, 2) / 2 + 0.5).clamp(0, 1).transpose(1, 2);
}

void add_pictures(const WanVae& vae, const at::Tensor& latents, NamedTensors& seen) {
    seen["decode_input"] = vae.denormalised(latents);
    const at::Tensor pictures = pictures_of(vae, seen["decode_input"]);
    const at::Tensor index = at::tensor({std::int64_t{0}, pictures.size(1) - 1}, at::kLong);
    seen["frame_index"] = index;
    seen["frames"] = pictures.index_select(1, index);
    seen["frame_mean"] = pictures.mean(at::IntArrayRef{3, 4});
    seen["frame_std"] = pictures.std(at::IntArrayRef{3, 4}, true);
}

// The reference makes two calls a step with guidance; here they are halves of one batch.
void add_calls(const std::vector<SampledStep>& steps, bool is_guided, NamedTensors& seen) {
    const SampledStep& first = steps.front();
    seen["call0.hidden_states"] = first.seen;
    seen["call0.output"] = first.predicted.narrow(0, 0, 1);
    seen["call1.output"] = is_guided ? first.predicted.narrow(0, 1, 1) : steps.at(1).predicted;
}

void add_schedule(const std::vector<SampledStep>& steps,
                  const SamplingPlan& plan,
                  NamedTensors& seen) {
    const at::ScalarType type = plan.solver == Solver::unipc ? at::kLong : at::kFloat;
    std::vector<at::Tensor> latents;
    std::vector<at::Tensor> timesteps;
    for (const SampledStep& step : steps) {
        latents.push_back(step.latents);
        timesteps.push_back(step.timesteps.to(type));
    }
    seen["latents"] = at::stack(latents);
    seen["model_timesteps"] = at::stack(timesteps);
    seen["call0.timestep"] = timesteps.front();
    seen["timesteps"] = at::tensor(plan.grid.timesteps, at::kDouble).to(type);
    seen["sigmas"] = at::tensor(plan.grid.sigmas, at::kFloat);
}

}  // namespace

NamedTensors compute_pipeline_case(const ParityCase& parity_case) {
    const at::Device cpu(at::kCPU);
    const ModelFolder model = open_model_folder(parity_case.folder);
    if (model.pipeline_class != "WanPipeline" || model.has("transformer_2")) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: {} is not among the pipelines known", parity_case.name, model.pipeline_class));
    }
    const SamplingPlan plan = sampling_plan(settings_of(parity_case, model));
    const TextEncoder encoder(model.folder_of("tokenizer"), model.folder_of("text_encoder"), cpu);
    const WanTransformer transformer(model.folder_of("transformer"), cpu, PrecisionPolicy::float32);
    const auto text_of = [&](const char* key) {
        return encoder.encode(parity_case.config.at(key).get<std::string>(), text_rows);
    };
    const bool is_guided = plan.guidance > 1;
    const at::Tensor prompt = text_of("prompt");
    NamedTensors seen;
    seen["call0.encoder_hidden_states"] = used_rows(prompt);
    at::Tensor text = prompt;
    if (is_guided) {
        const at::Tensor negative = text_of("negative_prompt");
        seen["call1.encoder_hidden_states"] = used_rows(negative);
        text = at::cat({prompt, negative});
    }

    SegmentTensors segment;
    segment.noise_bcfhw = input_of(parity_case, parity_case.inputs(), "latents");
    std::vector<SampledStep> steps;
    const at::Tensor latents =
        sample_latents(velocity_of(transformer, text), segment, plan, [&](const SampledStep& step) {
            steps.push_back(step);
        });
    add_calls(steps, is_guided, seen);
    add_schedule(steps, plan, seen);
    const WanVae vae(model.folder_of("vae"), cpu, PrecisionPolicy::float32);
    add_pictures(vae, latents, seen);
    return seen;
}

}  // namespace nightreel
