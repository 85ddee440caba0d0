#include "pipeline/sample/windows/windowed_sampler.h"

#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/sample/guided_steps.h"
#include "pipeline/sample/segment_frames.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr std::int64_t frames_dimension = 2;

// One window of latents, with what stands in front of all.
class WindowView {
  public:
    WindowView(const LatentWindow& window, std::int64_t front, std::int64_t references)
        : window_(window), front_(front), references_(references) {}

    // Of latents [b, c, front + f, h, w].
    at::Tensor of(const at::Tensor& x_bcfhw) const {
        const at::Tensor own =
            x_bcfhw.narrow(frames_dimension, front_ + window_.first, window_.count);
        if (front_ == 0) return own;
        return at::cat({x_bcfhw.narrow(frames_dimension, 0, front_), own}, frames_dimension);
    }

    // Of timesteps: one for all, or [b, references + front + f].
    at::Tensor timesteps_of(const at::Tensor& timesteps) const {
        if (timesteps.dim() < 2) return timesteps;
        const std::int64_t before = references_ + front_;
        const at::Tensor own = timesteps.narrow(1, before + window_.first, window_.count);
        return before == 0 ? own.contiguous() : at::cat({timesteps.narrow(1, 0, before), own}, 1);
    }

    // Adds the window's answer, weighted, to the sums over all windows.
    void add(const at::Tensor& answer, at::Tensor& sum_bcfhw, at::Tensor& weights_f) const {
        const at::Tensor own_f =
            at::tensor(at::ArrayRef<float>(window_.weights)).to(sum_bcfhw.device());
        const at::Tensor all_f =
            front_ == 0 ? own_f : at::cat({at::ones({front_}, sum_bcfhw.options()), own_f});
        const at::Tensor weighted = answer * all_f.view({1, 1, -1, 1, 1});
        const auto add_to =
            [&](const at::Tensor& part, std::int64_t from, std::int64_t to, std::int64_t count) {
                sum_bcfhw.narrow(frames_dimension, to, count)
                    .add_(part.narrow(frames_dimension, from, count));
                weights_f.narrow(0, to, count).add_(all_f.narrow(0, from, count));
            };
        if (front_ > 0) add_to(weighted, 0, 0, front_);
        add_to(weighted, front_, front_ + window_.first, window_.count);
    }

  private:
    const LatentWindow& window_;
    std::int64_t front_;
    std::int64_t references_;
};

at::Tensor beside(const at::Tensor& tensor, const at::Tensor& other) {
    return tensor.defined() ? tensor.to(other.device()) : tensor;
}

void put(NamedTensors& tensors, const char* name, const at::Tensor& tensor) {
    if (tensor.defined()) tensors[name] = tensor.cpu().contiguous();
}

at::Tensor taken(const NamedTensors& tensors, const char* name) {
    const auto found = tensors.find(name);
    return found == tensors.end() ? at::Tensor() : found->second;
}

// Of counts in one tensor: the step to do next, and UniPC's order of the one before.
constexpr std::int64_t counts = 2;

}  // namespace

SamplingState moved_beside(SamplingState state, const at::Tensor& noise) {
    UnipcState& unipc = state.solver.unipc;
    for (at::Tensor* tensor : {&state.latents_bcfhw,
                               &state.solver.x0_last,
                               &unipc.x0_last,
                               &unipc.x0_before,
                               &unipc.sample_last}) {
        *tensor = beside(*tensor, noise);
    }
    return state;
}

NamedTensors tensors_of(const SamplingState& state) {
    NamedTensors tensors;
    const at::Tensor counted = at::zeros({counts}, at::kLong);
    counted[0].fill_(state.step);
    counted[1].fill_(state.solver.unipc.order_last);
    tensors["counts"] = counted;
    put(tensors, "latents", state.latents_bcfhw);
    put(tensors, "x0_last", state.solver.x0_last);
    put(tensors, "unipc.x0_last", state.solver.unipc.x0_last);
    put(tensors, "unipc.x0_before", state.solver.unipc.x0_before);
    put(tensors, "unipc.sample_last", state.solver.unipc.sample_last);
    return tensors;
}

SamplingState sampling_state_of(const NamedTensors& tensors, Solver solver) {
    const at::Tensor counted = taken(tensors, "counts");
    const at::Tensor latents = taken(tensors, "latents");
    if (!counted.defined() || counted.numel() != counts || counted.scalar_type() != at::kLong ||
        !latents.defined() || latents.dim() != 5) {
        throw Error(ErrorKind::corrupt, "not the state of a take in windows");
    }
    SamplingState state;
    state.step = static_cast<int>(counted[0].item<std::int64_t>());
    state.latents_bcfhw = latents;
    state.solver.solver = solver;
    state.solver.x0_last = taken(tensors, "x0_last");
    state.solver.unipc = {.x0_last = taken(tensors, "unipc.x0_last"),
                          .x0_before = taken(tensors, "unipc.x0_before"),
                          .sample_last = taken(tensors, "unipc.sample_last"),
                          .order_last = static_cast<int>(counted[1].item<std::int64_t>())};
    return state;
}

SamplingState advance_windows(const std::vector<Expert>& experts,
                              const SegmentTensors& segment,
                              const SamplingPlan& plan,
                              const WindowedTake& take,
                              SamplingState state,
                              int step_end,
                              const StepWatch& watch,
                              const std::function<void(const SamplingState& state)>& keep) {
    NIGHTREEL_CHECK(plan.guidance_until >= 1, "no approximation that belongs to one window");
    const SegmentFrames frames(segment);
    const std::int64_t references =
        segment.references_bcrhw.defined() ? segment.references_bcrhw.size(frames_dimension) : 0;
    GuidedSteps network(experts, plan);
    state.solver.solver = plan.solver;
    state.solver.fresh_noise = segment.fresh_noise;
    const int steps = plan.grid.steps();
    while (state.step < step_end) {
        const int index = state.step;
        const double now = plan.grid.timesteps.at(static_cast<std::size_t>(index));
        const at::Tensor held = frames.held(state.latents_bcfhw);
        const at::Tensor timesteps = frames.timesteps(now);
        at::Tensor sum = at::zeros_like(held);
        at::Tensor weights = at::zeros({held.size(frames_dimension)}, held.options());
        SampledStep step;
        for (std::size_t number = 0; number < take.windows.size(); ++number) {
            const WindowView view(take.windows[number], take.front, references);
            if (take.begin) take.begin(number);
            step = {};
            step.step = index;
            step.steps = steps;
            step.expert = expert_at(experts, index, now);
            step.references = references;
            step.seen = frames.with_references(view.of(held));
            step.timesteps = view.timesteps_of(timesteps);
            view.add(frames.without_references(network.velocity(step)), sum, weights);
        }
        const at::Tensor v = sum / weights.view({1, 1, -1, 1, 1});
        state.latents_bcfhw = solver_step(state.solver, plan.grid, index, state.latents_bcfhw, v);
        ++state.step;
        step.latents = state.latents_bcfhw;
        if (keep && state.step < steps) keep(state);
        if (watch) watch(step);
    }
    return state;
}

at::Tensor sample_windows(const std::vector<Expert>& experts,
                          const SegmentTensors& segment,
                          const SamplingPlan& plan,
                          const WindowedTake& take,
                          const StepWatch& watch,
                          const Resumption& resumption) {
    SamplingState state;
    state.latents_bcfhw = start_of(segment, plan);
    if (resumption.from) state = moved_beside(*resumption.from, segment.noise_bcfhw);
    state = advance_windows(
        experts, segment, plan, take, std::move(state), plan.grid.steps(), watch, resumption.keep);
    return SegmentFrames(segment).held(state.latents_bcfhw);
}

}  // namespace nightreel
