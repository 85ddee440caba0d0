#include "pipeline/sample/guided_steps.h"

#include <cmath>

#include <ATen/ATen.h>

#include "pipeline/model/step_cache.h"
#include "pipeline/sample/guidance.h"

namespace nightreel {

GuidedSteps::GuidedSteps(const std::vector<Expert>& experts, double guidance_until)
    : experts_(experts), guidance_until_(guidance_until) {}

at::Tensor GuidedSteps::velocity(SampledStep& step) {
    const Expert& expert = experts_.at(step.expert);
    StepCache* const cache = expert.cache;
    if (expert_ != step.expert) {
        expert_ = step.expert;
        difference_.reset();
        if (cache != nullptr) cache->forget();
    }
    if (cache != nullptr) cache->begin_step(step.step, step.steps);
    at::Tensor velocity = ask(expert, step);
    step.has_skipped = cache != nullptr && cache->has_skipped();
    return velocity;
}

at::Tensor GuidedSteps::ask(const Expert& expert, SampledStep& step) {
    const bool is_guided = needs_guidance(expert.guidance);
    step.has_reused = is_guided && difference_.defined() &&
                      step.step >= std::lround(guidance_until_ * step.steps);
    if (!is_guided || step.has_reused) {
        step.predicted = expert.velocity(step.seen, step.timesteps);
        if (!is_guided) return step.predicted;
        return guided(at::cat({step.predicted, step.predicted - difference_}), expert.guidance);
    }
    step.predicted =
        expert.velocity(at::cat({step.seen, step.seen}), at::cat({step.timesteps, step.timesteps}));
    if (guidance_until_ < 1) {
        const std::vector<at::Tensor> halves = step.predicted.chunk(2);
        difference_ = halves[0] - halves[1];
    }
    return guided(step.predicted, expert.guidance);
}

}  // namespace nightreel
