#include "pipeline/sample/segment_sampler.h"

#include <ATen/ATen.h>

#include "pipeline/sample/frame_sampler.h"
#include "pipeline/sample/guided_steps.h"
#include "pipeline/sample/segment_frames.h"
#include "pipeline/sample/solver/solver.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

// Latents after a step, with those put in their places that are held during it.
at::Tensor held_in_step(const std::optional<LatentHold>& hold,
                        const SigmaGrid& grid,
                        int step,
                        const at::Tensor& x_bcfhw) {
    if (!hold) return x_bcfhw;
    const double now = grid.sigma(step);
    const double next = grid.sigma(step + 1);
    at::Tensor held = x_bcfhw.clone();
    for (std::size_t index = 0; index < hold->levels.size(); ++index) {
        if (now <= hold->levels[index]) continue;
        const auto frame = static_cast<std::int64_t>(index);
        held.select(2, frame).copy_((1 - next) * hold->clip_bcfhw.select(2, frame) +
                                    next * hold->noise_bcfhw.select(2, frame));
    }
    return held;
}

bool takes(const Expert& expert, int step, double timestep) {
    return expert.step_end ? step < *expert.step_end : timestep >= expert.timestep_min;
}

}  // namespace

std::size_t expert_at(const std::vector<Expert>& experts, int step, double timestep) {
    NIGHTREEL_CHECK(!experts.empty(), "somebody to ask");
    std::size_t number = 0;
    while (number + 1 < experts.size() && !takes(experts[number], step, timestep)) ++number;
    return number;
}

at::Tensor start_of(const SegmentTensors& segment, const SamplingPlan& plan) {
    return plan.noise_scale == 1 ? segment.noise_bcfhw : segment.noise_bcfhw * plan.noise_scale;
}

SamplingPlan sampling_plan(const SamplingSettings& settings) {
    return {make_grid(settings),
            settings.solver,
            settings.guidance,
            settings.forcing,
            settings.guidance_until,
            settings.guidance_interval,
            settings.noise_scale.value_or(1)};
}

at::Tensor sample_latents(const Velocity& velocity,
                          const SegmentTensors& segment,
                          const SamplingPlan& plan,
                          const StepWatch& watch) {
    return sample_latents(std::vector<Expert>{{velocity, plan.guidance}}, segment, plan, watch);
}

at::Tensor sample_latents(const std::vector<Expert>& experts,
                          const SegmentTensors& given,
                          const SamplingPlan& plan,
                          const StepWatch& watch) {
    SegmentTensors segment = given;
    segment.noise_bcfhw = start_of(given, plan);
    if (plan.forcing) {
        return sample_frames(experts, segment, plan, watch);
    }
    const SegmentFrames frames(segment);
    GuidedSteps network(experts, plan);
    SolverState solver;
    solver.solver = plan.solver;
    solver.fresh_noise = segment.fresh_noise;
    at::Tensor x = segment.noise_bcfhw;
    for (int index = 0; index < plan.grid.steps(); ++index) {
        const double now = plan.grid.timesteps.at(static_cast<std::size_t>(index));
        SampledStep step;
        step.step = index;
        step.steps = plan.grid.steps();
        step.expert = expert_at(experts, index, now);
        step.references = frames.references();
        step.seen = frames.with_references(frames.held(x));
        step.timesteps = frames.timesteps(now);
        const at::Tensor v = network.velocity(step);
        x = solver_step(solver, plan.grid, index, x, frames.without_references(v));
        x = held_in_step(segment.hold, plan.grid, index, x);
        step.latents = x;
        if (watch) watch(step);
    }
    return frames.held(x);
}

}  // namespace nightreel
