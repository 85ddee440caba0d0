#pragma once
// Evaluates the networks for the velocity of each step, with guidance and its approximations. After
// `guidance_until` of the steps, only the prediction with prompt is computed, and the last guidance
// difference (with minus without prompt) is reused. Outside of the guidance interval there is no
// guidance. When the other expert takes over, nothing is reused. For one segment; one thread.
// Guidance may lead away from references too; after Brooks et al. 2023 (InstructPix2Pix), section
// 3.2.1, with one scale for both conditions.
// Source: FastVideo, docs/inference/optimizations.md (CFG gate).

#include <cstddef>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

class GuidedSteps {
  public:
    // Both must outlive this object.
    GuidedSteps(const std::vector<Expert>& experts, const SamplingPlan& plan);

    // Evaluates the expert of the step on its latents, stores the prediction and what was skipped
    // in `step`, and returns the guided velocity, references included.
    at::Tensor velocity(SampledStep& step);

  private:
    bool is_guided(const Expert& expert, const SampledStep& step) const;
    at::Tensor ask(const Expert& expert, SampledStep& step);
    at::Tensor ask_unreferenced(const Expert& expert, SampledStep& step);

    const std::vector<Expert>& experts_;
    const SamplingPlan& plan_;
    std::optional<std::size_t> expert_;  // of the last step
    bool has_guided_ = false;            // whether the last step computed both predictions
    at::Tensor difference_;              // last computed guidance difference
};

}  // namespace nightreel
