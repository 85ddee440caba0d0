#include "pipeline/sample/segment_sampler.h"

#include <utility>

#include <ATen/ATen.h>

#include "pipeline/sample/guidance.h"
#include "pipeline/sample/solver.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

// Which frames are given, and what stands in front of all.
class SegmentFrames {
  public:
    explicit SegmentFrames(const SegmentTensors& segment) : segment_(segment) {
        if (segment.references_bcrhw.defined()) references_ = segment.references_bcrhw.size(2);
        if (!segment.clean_bcfhw.defined()) return;
        const std::int64_t frames = segment.noise_bcfhw.size(2);
        NIGHTREEL_CHECK(segment.clean_bcfhw.sizes() == segment.noise_bcfhw.sizes(),
                        "clean frames and noise have one shape");
        NIGHTREEL_CHECK(static_cast<std::int64_t>(segment.is_clean.size()) == frames,
                        "each latent frame is clean or is not");
        is_clean_f_ = at::zeros({frames}, at::kBool);
        for (std::int64_t frame = 0; frame < frames; ++frame) {
            is_clean_f_[frame].fill_(bool{segment.is_clean[static_cast<std::size_t>(frame)]});
        }
        is_clean_f_ = is_clean_f_.to(segment.noise_bcfhw.device());
    }

    // The latents with the given frames put in their places.
    at::Tensor held(const at::Tensor& x_bcfhw) const {
        if (!is_clean_f_.defined()) return x_bcfhw;
        return at::where(is_clean_f_.view({1, 1, -1, 1, 1}), segment_.clean_bcfhw, x_bcfhw);
    }

    at::Tensor with_references(const at::Tensor& x_bcfhw) const {
        if (references_ == 0) return x_bcfhw;
        return at::cat({segment_.references_bcrhw, x_bcfhw}, 2);
    }

    at::Tensor without_references(const at::Tensor& x_bcfhw) const {
        return x_bcfhw.narrow(2, references_, x_bcfhw.size(2) - references_);
    }

    // [b] while all frames are equally noisy, else [b, r + f].
    at::Tensor timesteps(double timestep) const {
        const at::Tensor& x = segment_.noise_bcfhw;
        const auto options = x.options().dtype(at::kFloat);
        if (references_ == 0 && !is_clean_f_.defined()) {
            return at::full({x.size(0)}, timestep, options);
        }
        at::Tensor frames_f = at::full({references_ + x.size(2)}, timestep, options);
        frames_f.narrow(0, 0, references_).zero_();
        if (is_clean_f_.defined()) {
            frames_f.narrow(0, references_, x.size(2)).masked_fill_(is_clean_f_, 0);
        }
        return frames_f.unsqueeze(0).expand({x.size(0), -1}).contiguous();
    }

  private:
    const SegmentTensors& segment_;
    std::int64_t references_ = 0;
    at::Tensor is_clean_f_;
};

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
    const SegmentFrames frames(segment);
    SolverState solver;
    solver.solver = plan.solver;
    solver.fresh_noise = segment.fresh_noise;
    at::Tensor x = segment.noise_bcfhw;
    for (int step = 0; step < plan.grid.steps(); ++step) {
        const double now = plan.grid.timesteps.at(static_cast<std::size_t>(step));
        const std::size_t number = expert_at(experts, now);
        const Expert& expert = experts[number];
        const bool is_guided = needs_guidance(expert.guidance);
        at::Tensor seen = frames.with_references(frames.held(x));
        at::Tensor timesteps = frames.timesteps(now);
        const at::Tensor predicted =
            is_guided ? expert.velocity(at::cat({seen, seen}), at::cat({timesteps, timesteps}))
                      : expert.velocity(seen, timesteps);
        const at::Tensor v = is_guided ? guided(predicted, expert.guidance) : predicted;
        x = solver_step(solver, plan.grid, step, x, frames.without_references(v));
        if (watch) watch({step, number, std::move(timesteps), std::move(seen), predicted, x});
    }
    return frames.held(x);
}

}  // namespace nightreel
