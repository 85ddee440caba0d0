#pragma once
// Asks networks for the velocity of each step in turn, with guidance, and leaves out what the plan
// allows: after its share of the steps the difference between with and without the prompt is the
// last one that was computed, and the network is asked with the prompt alone. A network that takes
// over begins anew. One segment's; one thread.
// Source: FastVideo, docs/inference/optimizations.md (CFG gate).

#include <cstddef>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

class GuidedSteps {
  public:
    // The experts outlive this.
    GuidedSteps(const std::vector<Expert>& experts, double guidance_until);

    // Asks the step's expert about the step's latents, keeps there how and what it answered, and
    // returns the velocity to go by, references included.
    at::Tensor velocity(SampledStep& step);

  private:
    at::Tensor ask(const Expert& expert, SampledStep& step);

    const std::vector<Expert>& experts_;
    double guidance_until_;
    std::optional<std::size_t> expert_;  // asked last
    at::Tensor difference_;              // that the prompt made when both were asked
};

}  // namespace nightreel
