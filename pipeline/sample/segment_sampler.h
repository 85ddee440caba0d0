#pragma once
// One segment's latents from noise, on tensors. The network is a function that is handed in, so
// that the laws of sampling can be told from those of the network. One thread.

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/sample/solver/schedule.h"
#include "pipeline/sample/solver/solver.h"
#include "shotspec/card/forcing.h"

namespace nightreel {

class StepCache;

// b batch, c channels, f latent frames, r references, h rows, w columns

// Velocity for latents [n, c, f, h, w] at timesteps [n], or [n, f] where frames have their own. n
// is b, or 2 b with guidance: first with the prompt, then without; b with guidance asks with the
// prompt alone. Timesteps are on the host, so that a GPU is never waited for.
using Velocity = std::function<at::Tensor(const at::Tensor& latents, const at::Tensor& timesteps)>;

// Latent frames that stay a noised clip down to levels of their own.
struct LatentHold {
    at::Tensor clip_bcfhw;
    at::Tensor noise_bcfhw;
    std::vector<double> levels;  // of each latent frame; 0: it comes out as the clip
};

struct SegmentTensors {
    at::Tensor noise_bcfhw;
    at::Tensor clean_bcfhw;       // undefined: no frame is given
    std::vector<bool> is_clean;   // for each latent frame; read with clean_bcfhw only
    at::Tensor references_bcrhw;  // undefined: none
    std::optional<LatentHold> hold = {};
    FreshNoise fresh_noise;  // for a solver that noises anew at each step, and for history
};

struct SamplingPlan {
    SigmaGrid grid;
    Solver solver = Solver::euler;
    double guidance = 1;
    std::optional<ForcingSettings> forcing = {};
    // Share of the steps after which the difference that guidance makes is kept; 1: never.
    double guidance_until = 1;
    std::optional<GuidanceInterval> guidance_interval = {};  // absent: all steps
    double noise_scale = 1;                                  // of the noise it begins with
};

// A network for the steps whose timestep is at least `timestep_min`, with a guidance of its own; or
// for those before `step_end`, whatever their timesteps are.
struct Expert {
    Velocity velocity;
    double guidance = 1;
    double timestep_min = 0;
    // What the velocity hands to its network, told of each step here; null: every step is computed.
    StepCache* cache = nullptr;
    std::optional<int> step_end = {};
    // Asked for the prediction that guidance leads away from, with neither prompt nor references;
    // `velocity` is then asked with the prompt alone. Absent: the references stay.
    Velocity unreferenced = {};
};

SamplingPlan sampling_plan(const SamplingSettings& settings);

// Which of them takes a step; the last takes all that the others leave.
std::size_t expert_at(const std::vector<Expert>& experts, int step, double timestep);

// What sampling begins with, as strong as the plan has it.
at::Tensor start_of(const SegmentTensors& segment, const SamplingPlan& plan);

// What one step did, for progress and for comparing with other implementations.
struct SampledStep {
    int step = 0;
    int steps = 0;  // how many there will be
    std::size_t expert = 0;
    std::int64_t references = 0;  // latent frames at the front of what the network sees
    at::Tensor timesteps;         // as the network got them
    at::Tensor seen;              // the latents that it got
    at::Tensor predicted;         // and what it answered, references included
    at::Tensor latents;           // after the step
    bool has_skipped = false;     // the network's blocks
    bool has_reused = false;      // the difference of guidance
};

using StepWatch = std::function<void(const SampledStep& step)>;

// References go in front at timestep 0 and are dropped; clean frames are seen as given, at timestep
// 0, and come out as they went in.
at::Tensor sample_latents(const Velocity& velocity,
                          const SegmentTensors& segment,
                          const SamplingPlan& plan,
                          const StepWatch& watch = {});

// With experts for falling timesteps, or for steps one after the other; the last takes all that the
// others leave. Each one's guidance takes the place of the plan's, and what the solver remembers
// goes from one to the next. A plan with a forcing has one expert. Error{bad_input} for
// approximations where frames move at steps of their own.
at::Tensor sample_latents(const std::vector<Expert>& experts,
                          const SegmentTensors& segment,
                          const SamplingPlan& plan,
                          const StepWatch& watch = {});

}  // namespace nightreel
