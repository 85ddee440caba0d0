#include "pipeline/parity/pipeline_record.h"

#include <filesystem>
#include <string>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

// Pictures [1, t, c, h, w] in [0, 1].
at::Tensor pictures_of(const WanVae& vae, const at::Tensor& latents_bzthw) {
    DecodeState state;
    std::vector<at::Tensor> frames;
    for (const at::Tensor& one : latents_bzthw.split(1, 2)) {
        frames.push_back(vae.decode_next(one, state));
    }
    return (at::cat(frames, 2) / 2 + 0.5).clamp(0, 1).transpose(1, 2);
}

}  // namespace

SamplingSettings recorded_settings(const ParityCase& parity_case, const ModelFolder& model) {
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
                    fmt::format("{}: unknown sampler {}", file.string(), name));
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

void add_pictures(const WanVae& vae,
                  const at::Tensor& latents_bcfhw,
                  NamedTensors& seen,
                  const at::Tensor& before_bcthw) {
    seen["decode_input"] = vae.denormalised(latents_bcfhw);
    at::Tensor pictures = pictures_of(vae, seen["decode_input"]);
    if (before_bcthw.defined()) {
        const at::Tensor before = before_bcthw.to(pictures.device());
        pictures = at::cat({(before / 2 + 0.5).transpose(1, 2), pictures}, 1);
    }
    std::vector<std::int64_t> shown{0};
    if (pictures.size(1) > 1) shown.push_back(pictures.size(1) - 1);
    const at::Tensor index = at::tensor(shown, at::kLong);
    seen["frame_index"] = index;
    seen["frames"] = pictures.index_select(1, index.to(pictures.device()));
    seen["frame_mean"] = pictures.mean(at::IntArrayRef{3, 4});
    seen["frame_std"] = pictures.std(at::IntArrayRef{3, 4}, true);
}

void add_calls(const std::vector<SampledStep>& steps, bool is_guided, NamedTensors& seen) {
    const SampledStep& first = steps.front();
    seen["call0.hidden_states"] = first.seen;
    seen["call0.output"] = first.predicted.narrow(0, 0, 1);
    if (is_guided) {
        seen["call1.output"] = first.predicted.narrow(0, 1, 1);
    } else if (steps.size() > 1) {
        seen["call1.output"] = steps[1].predicted;
    }
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

}  // namespace nightreel
