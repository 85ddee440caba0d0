#include "pipeline/sample/guided_steps.h"

#include <cmath>

#include <ATen/ATen.h>

#include "pipeline/model/transformer/step_cache.h"
#include "pipeline/sample/guidance.h"

namespace nightreel {

GuidedSteps::GuidedSteps(const std::vector<Expert>& experts, const SamplingPlan& plan)
    : experts_(experts), plan_(plan) {}

at::Tensor GuidedSteps::velocity(SampledStep& step) {
    const Expert& expert = experts_.at(step.expert);
    StepCache* const cache = expert.cache;
    if (expert_ != step.expert) {
        expert_ = step.expert;
        difference_.reset();
        if (cache != nullptr) cache->forget();
    }
    // A cache filled without guidance has no residual for the half without prompt.
    const bool asks_both = is_guided(expert, step);
    if (cache != nullptr && asks_both && !has_guided_) cache->forget();
    has_guided_ = asks_both;
    if (cache != nullptr) cache->begin_step(step.step, step.steps);
    at::Tensor velocity = ask(expert, step);
    step.has_skipped = cache != nullptr && cache->has_skipped();
    return velocity;
}

bool GuidedSteps::is_guided(const Expert& expert, const SampledStep& step) const {
    const auto& interval = plan_.guidance_interval;
    return needs_guidance(expert.guidance) && (!interval || interval->holds(step.step, step.steps));
}

at::Tensor GuidedSteps::ask(const Expert& expert, SampledStep& step) {
    const bool has_guidance = is_guided(expert, step);
    step.has_reused = has_guidance && difference_.defined() &&
                      step.step >= std::lround(plan_.guidance_until * step.steps);
    if (has_guidance && !step.has_reused && expert.unreferenced && step.references > 0) {
        return ask_unreferenced(expert, step);
    }
    if (!has_guidance || step.has_reused) {
        step.predicted = expert.velocity(step.seen, step.timesteps);
        if (!has_guidance) return step.predicted;
        return guided(at::cat({step.predicted, step.predicted - difference_}), expert.guidance);
    }
    step.predicted =
        expert.velocity(at::cat({step.seen, step.seen}), at::cat({step.timesteps, step.timesteps}));
    if (plan_.guidance_until < 1) {
        const std::vector<at::Tensor> halves = step.predicted.chunk(2);
        difference_ = halves[0] - halves[1];
    }
    return guided(step.predicted, expert.guidance);
}

// What is predicted for the references is dropped, so that theirs are never guided.
at::Tensor GuidedSteps::ask_unreferenced(const Expert& expert, SampledStep& step) {
    const std::int64_t frames = step.seen.size(2) - step.references;
    step.predicted = expert.velocity(step.seen, step.timesteps);
    const at::Tensor without =
        expert.unreferenced(step.seen.narrow(2, step.references, frames),
                            step.timesteps.narrow(1, step.references, frames).contiguous());
    at::Tensor away = at::zeros_like(step.predicted);
    away.narrow(2, step.references, frames)
        .copy_(step.predicted.narrow(2, step.references, frames) - without);
    if (plan_.guidance_until < 1) difference_ = away;
    return guided(at::cat({step.predicted, step.predicted - away}), expert.guidance);
}

}  // namespace nightreel
