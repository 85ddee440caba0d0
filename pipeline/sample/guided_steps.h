#pragma once
// Asks networks for the velocity of each step in turn, with guidance, and leaves out what the plan
// allows: after its share of the steps the difference between with and without the prompt is the
// last one that was computed, and the network is asked with the prompt alone; outside of the plan's
// interval there is no guidance at all. A network that takes over begins anew. One segment's; one
// thread.
// Source: FastVideo, docs/inference/optimizations.md (CFG gate).

#include <cstddef>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

class GuidedSteps {
  public:
    // Both outlive this.
    GuidedSteps(const std::vector<Expert>& experts, const SamplingPlan& plan);

    // Asks the step's expert about the step's latents, keeps there how and what it answered, and
    // returns the velocity to go by, references included.
    at::Tensor velocity(SampledStep& step);

  private:
    bool is_guided(const Expert& expert, const SampledStep& step) const;
    at::Tensor ask(const Expert& expert, SampledStep& step);

    const std::vector<Expert>& experts_;
    const SamplingPlan& plan_;
    std::optional<std::size_t> expert_;  // asked last
    bool has_guided_ = false;            // with and without the prompt, in the step before
    at::Tensor difference_;              // that the prompt made when both were asked
};

}  // namespace nightreel
