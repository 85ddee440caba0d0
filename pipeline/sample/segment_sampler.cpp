#include "pipeline/sample/segment_sampler.h"

#include <ATen/ATen.h>

#include "pipeline/sample/frame_sampler.h"
#include "pipeline/sample/guidance.h"
#include "pipeline/sample/segment_frames.h"
#include "pipeline/sample/solver.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

std::size_t expert_at(const std::vector<Expert>& experts, double timestep) {
    NIGHTREEL_CHECK(!experts.empty(), "somebody to ask");
    std::size_t number = 0;
    while (number + 1 < experts.size() && timestep < experts[number].timestep_min) ++number;
    return number;
}

}  // namespace

SamplingPlan sampling_plan(const SamplingSettings& settings) {
    return {make_grid(settings.schedule, settings.steps, settings.shift),
            settings.solver,
            settings.guidance};
}

at::Tensor guided_velocity(const Expert& expert, SampledStep& step) {
    if (!needs_guidance(expert.guidance)) {
        step.predicted = expert.velocity(step.seen, step.timesteps);
        return step.predicted;
    }
    step.predicted =
        expert.velocity(at::cat({step.seen, step.seen}), at::cat({step.timesteps, step.timesteps}));
    return guided(step.predicted, expert.guidance);
}

at::Tensor sample_latents(const Velocity& velocity,
                          const SegmentTensors& segment,
                          const SamplingPlan& plan,
                          const StepWatch& watch) {
    return sample_latents(std::vector<Expert>{{velocity, plan.guidance}}, segment, plan, watch);
}

at::Tensor sample_latents(const std::vector<Expert>& experts,
                          const SegmentTensors& segment,
                          const SamplingPlan& plan,
                          const StepWatch& watch) {
    if (plan.forcing) {
        NIGHTREEL_CHECK(experts.size() == 1, "frames at all levels ask the same network");
        return sample_frames(experts.front(), segment, plan, watch);
    }
    const SegmentFrames frames(segment);
    SolverState solver;
    solver.solver = plan.solver;
    solver.fresh_noise = segment.fresh_noise;
    at::Tensor x = segment.noise_bcfhw;
    for (int index = 0; index < plan.grid.steps(); ++index) {
        const double now = plan.grid.timesteps.at(static_cast<std::size_t>(index));
        SampledStep step;
        step.step = index;
        step.steps = plan.grid.steps();
        step.expert = expert_at(experts, now);
        step.seen = frames.with_references(frames.held(x));
        step.timesteps = frames.timesteps(now);
        const at::Tensor v = guided_velocity(experts[step.expert], step);
        x = solver_step(solver, plan.grid, index, x, frames.without_references(v));
        step.latents = x;
        if (watch) watch(step);
    }
    return frames.held(x);
}

}  // namespace nightreel
