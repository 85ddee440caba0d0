#pragma once
// A step cache: a step whose time embedding has hardly moved leaves the blocks of a transformer out
// and adds what they added in the last step that was computed. The state of one clip in one network
// at a time, an explicit value that its owner hands to each pass. One thread.
// Source: Liu et al., "Timestep Embedding Tells: It's Time to Cache for Video Diffusion Model",
// arXiv 2411.19108 (TeaCache); TeaCache4Wan2.1, teacache_generate.py. Of its two modes this is the
// one with --use_ret_steps: distances are those of the projected embedding, that the blocks add to
// their tables. With and without the prompt are one batch here and share a timestep, so one
// decision holds for both.

#include <functional>

#include <ATen/core/Tensor.h>

#include "pipeline/model/transformer/step_cache_fitting.h"
#include "pipeline/model/transformer/time.h"
#include "shotspec/card/approximation.h"

namespace nightreel {

// b batch, n tokens, d width, u different timesteps

struct StepCacheSettings {
    StepCacheFit fit = {};  // without coefficients nothing is left out
    double threshold = 0;   // of the estimated change since the last pass that was computed
    // Told of each pass but the first; every pass is computed then, and its result kept until the
    // next.
    std::function<void(const StepChange&)> compare = {};
};

class StepCache {
  public:
    explicit StepCache(StepCacheSettings settings);

    // Before the pass of each step. The first steps, as the fit has it, and the last are computed.
    void begin_step(int step, int steps);

    // The next pass is another network's, and computed.
    void forget();

    // Whether the last pass left the blocks out.
    bool has_skipped() const { return has_skipped_; }

    // By the network, in place: x through `blocks`, or past them. A smaller batch than the pass
    // before is its beginning.
    void pass(const TimeModulation& time, at::Tensor& x_bnd, const std::function<void()>& blocks);

  private:
    bool skips(double change);
    void compute(double change, at::Tensor& x_bnd, const std::function<void()>& blocks);

    StepCacheSettings settings_;
    bool has_to_compute_ = true;
    bool has_skipped_ = false;
    double estimated_ = 0;     // change of the blocks' result since it was last computed
    at::Tensor embedding_ud_;  // of the last pass
    at::Tensor residual_bnd_;  // of the last pass that was computed
    at::Tensor output_bnd_;    // the same, while passes are compared
};

}  // namespace nightreel
