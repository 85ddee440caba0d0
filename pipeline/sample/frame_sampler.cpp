#include "pipeline/sample/frame_sampler.h"

#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/sample/guided_steps.h"
#include "pipeline/sample/segment_frames.h"
#include "pipeline/sample/solver/frame_schedule.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

// What the network is shown in one call: latents and timesteps of the frames in the window.
struct Shown {
    at::Tensor latents_bcnhw;
    at::Tensor timesteps_n;
};

class FrameSampler {
  public:
    FrameSampler(const SegmentTensors& segment, const SamplingPlan& plan)
        : segment_(segment),
          plan_(plan),
          frames_(segment),
          history_(frames_.given_at_front()),
          solvers_(static_cast<std::size_t>(frames_.count())) {
        for (std::size_t frame = 0; frame < solvers_.size(); ++frame) {
            solvers_[frame].solver = plan.solver;
            if (!segment.fresh_noise) continue;
            solvers_[frame].fresh_noise = [this, frame](int step) {
                return segment_.fresh_noise(step).narrow(2, static_cast<std::int64_t>(frame), 1);
            };
        }
    }

    std::vector<FrameScheduleRow> schedule() const {
        const ForcingSettings& forcing = *plan_.forcing;
        const auto frames = static_cast<std::int32_t>(frames_.count());
        if (forcing.block < 1 || frames % forcing.block != 0) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("diffusion forcing: {} latent frames are not a multiple of the "
                                    "block length {}; change the segment length or the block",
                                    frames,
                                    forcing.block));
        }
        return frame_schedule({.frames = frames,
                               .window = frames,
                               .block = forcing.block,
                               .lag = forcing.lag,
                               .ready = static_cast<std::int32_t>(history_)},
                              plan_.grid.timesteps);
    }

    // Whether the call would change anything: a block of given frames has its turn, too.
    bool is_needed(const FrameScheduleRow& row) const {
        for (std::int64_t frame = row.window_begin; frame < row.window_end; ++frame) {
            if (moves(row, frame)) return true;
        }
        return false;
    }

    at::Tensor start() const { return frames_.held(segment_.noise_bcfhw); }

    Shown shown(const FrameScheduleRow& row, int call, const at::Tensor& x_bcfhw) const {
        const std::int64_t begin = row.window_begin;
        const std::int64_t count = row.window_end - begin;
        Shown shown{x_bcfhw.narrow(2, begin, count).clone(), at::empty({count}, at::kFloat)};
        for (std::int64_t frame = begin; frame < row.window_end; ++frame) {
            const auto timestep = row.timesteps.at(static_cast<std::size_t>(frame));
            shown.timesteps_n[frame - begin].fill_(frames_.is_given(frame) ? 0 : timestep);
        }
        const std::int64_t history = history_ - begin;
        const double level = plan_.forcing->history_noise;
        if (history <= 0 || level <= 0) return shown;
        NIGHTREEL_CHECK(segment_.fresh_noise != nullptr, "noise on history is drawn");
        // The solvers' own draws come before these.
        const at::Tensor noise =
            segment_.fresh_noise(plan_.grid.steps() + call).narrow(2, begin, history);
        at::Tensor clean = shown.latents_bcnhw.narrow(2, 0, history);
        clean.copy_(clean * (1 - level / 1000) + noise * (level / 1000));
        shown.timesteps_n.narrow(0, 0, history).fill_(level);
        return shown;
    }

    at::Tensor moved(const FrameScheduleRow& row, const at::Tensor& x_bcfhw, const at::Tensor& v) {
        at::Tensor next = x_bcfhw.clone();
        for (std::int64_t frame = row.window_begin; frame < row.window_end; ++frame) {
            if (!moves(row, frame)) continue;
            const auto index = static_cast<std::size_t>(frame);
            SolverState& solver = solvers_[index];
            const bool is_first = solver.unipc.order_last == 0;
            at::Tensor arrived = solver_step(solver,
                                             plan_.grid,
                                             row.steps[index] - 1,
                                             x_bcfhw.narrow(2, frame, 1),
                                             v.narrow(2, frame - row.window_begin, 1));
            next.narrow(2, frame, 1).copy_(arrived);
            // Both reference implementations remember a view of the latents that a frame's first
            // step then overwrites: the correction after it starts from where that step arrived.
            // Published results have it, and it is kept.
            if (is_first) solver.unipc.sample_last = std::move(arrived);
        }
        return next;
    }

    const SegmentFrames& frames() const { return frames_; }

  private:
    bool moves(const FrameScheduleRow& row, std::int64_t frame) const {
        return row.moves.at(static_cast<std::size_t>(frame)) && !frames_.is_given(frame);
    }

    const SegmentTensors& segment_;
    const SamplingPlan& plan_;
    SegmentFrames frames_;
    std::int64_t history_;
    std::vector<SolverState> solvers_;
};

// Of blocks that start one after the other, each call is the first of one and the last of another:
// there is none that could be left out, and no share of the steps that holds for all.
void refuse_approximations(const SamplingPlan& plan, const Expert& expert) {
    const bool is_exact =
        expert.cache == nullptr && plan.guidance_until >= 1 && !plan.guidance_interval;
    if (plan.forcing->lag == 0 || is_exact) return;
    throw Error(ErrorKind::bad_input,
                "diffusion forcing: with a lag, blocks of frames have no common steps to skip; set "
                "step_cache: 0, guidance_until: 1 and no guidance_interval");
}

}  // namespace

at::Tensor sample_frames(const std::vector<Expert>& experts,
                         const SegmentTensors& segment,
                         const SamplingPlan& plan,
                         const StepWatch& watch) {
    NIGHTREEL_CHECK(plan.forcing.has_value(), "a plan with a forcing");
    NIGHTREEL_CHECK(experts.size() == 1, "frames at all levels ask the same network");
    refuse_approximations(plan, experts.front());
    GuidedSteps network(experts, plan);
    FrameSampler sampler(segment, plan);
    const SegmentFrames& frames = sampler.frames();
    std::vector<FrameScheduleRow> rows = sampler.schedule();
    std::erase_if(rows, [&](const FrameScheduleRow& row) { return !sampler.is_needed(row); });
    at::Tensor x = sampler.start();
    for (int call = 0; const FrameScheduleRow& row : rows) {
        const Shown shown = sampler.shown(row, call, x);
        SampledStep step;
        step.step = call++;
        step.steps = static_cast<int>(rows.size());
        step.seen = frames.with_references(shown.latents_bcnhw);
        step.timesteps = frames.timesteps(shown.timesteps_n);
        const at::Tensor v = network.velocity(step);
        x = sampler.moved(row, x, frames.without_references(v));
        step.latents = x;
        if (watch) watch(step);
    }
    return x;
}

}  // namespace nightreel
