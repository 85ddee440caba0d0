#pragma once
// A take of any length from a network that sees a window of it: at each step every window is asked,
// the answers are averaged where windows overlap, and one step of the solver moves the whole take.
// One window at a time is in the network; latents and what the solver remembers are all that grows
// with the take. Source: MultiDiffusion (Bar-Tal et al. 2023), as ComfyUI comfy/context_windows.py
// does it. One thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/plan/strategy/window_plan.h"
#include "pipeline/sample/segment_sampler.h"
#include "pipeline/sample/solver/solver.h"

namespace nightreel {

struct WindowedTake {
    std::vector<LatentWindow> windows;
    // Latent frames of the noise that stand in front of the take and are shown with each window:
    // those sampled for references in control channels.
    std::int64_t front = 0;
    // Called before the network is asked about the window with this number.
    std::function<void(std::size_t window)> begin = {};
};

// Between two steps: with it sampling goes on as if it had not stopped.
struct SamplingState {
    int step = 0;  // to be done next
    at::Tensor latents_bcfhw;
    SolverState solver;
};

// On the device of the noise.
SamplingState moved_beside(SamplingState state, const at::Tensor& noise);

NamedTensors tensors_of(const SamplingState& state);
// Throws Error{corrupt} for tensors that are not such a state.
SamplingState sampling_state_of(const NamedTensors& tensors, Solver solver);

// How sampling is taken up and kept. Both can be left out.
struct Resumption {
    std::optional<SamplingState> from = {};
    std::function<void(const SamplingState& state)> keep = {};  // after each step but the last
};

// Steps of the take from `state` on until `step_end` is next; `keep` and `watch` are told of each.
SamplingState advance_windows(const std::vector<Expert>& experts,
                              const SegmentTensors& segment,
                              const SamplingPlan& plan,
                              const WindowedTake& take,
                              SamplingState state,
                              int step_end,
                              const StepWatch& watch = {},
                              const std::function<void(const SamplingState& state)>& keep = {});

// The network sees every window as a segment of its own: positions from 0, clean frames and
// references where it has them. The sum is in float32 and in the order of the windows. The experts
// have no step cache, the plan no approximation; a forcing is not read.
at::Tensor sample_windows(const std::vector<Expert>& experts,
                          const SegmentTensors& segment,
                          const SamplingPlan& plan,
                          const WindowedTake& take,
                          const StepWatch& watch = {},
                          const Resumption& resumption = {});

}  // namespace nightreel
