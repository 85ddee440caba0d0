#pragma once
// A step cache: a step whose time embedding has hardly changed skips the blocks of the transformer
// and adds their residual of the last computed step instead. Holds the state of one clip in one
// network at a time; its owner passes it to each pass. One thread.
// Source: Liu et al., "Timestep Embedding Tells: It's Time to Cache for Video Diffusion Model",
// arXiv 2411.19108 (TeaCache); TeaCache4Wan2.1, teacache_generate.py, in the mode --use_ret_steps:
// distances are measured on the projected embedding, which the blocks add to their modulation
// tables. The passes with and without prompt are one batch here and share a timestep, so one
// decision applies to both.

#include <functional>

#include <ATen/core/Tensor.h>

#include "pipeline/model/transformer/step_cache_fitting.h"
#include "pipeline/model/transformer/time.h"
#include "shotspec/card/approximation.h"

namespace nightreel {

// b batch, n tokens, d width, u different timesteps

struct StepCacheSettings {
    StepCacheFit fit = {};  // without coefficients no step is skipped
    double threshold = 0;   // for the estimated change since the last computed pass
    // For fitting: called for each pass except the first. If set, every pass is computed and its
    // output kept until the next one.
    std::function<void(const StepChange&)> compare = {};
};

class StepCache {
  public:
    explicit StepCache(StepCacheSettings settings);

    // Call before the pass of each step. The first `fit.first_steps` steps and the last one are
    // always computed.
    void begin_step(int step, int steps);

    // Call when the next pass uses another network; that pass is computed.
    void forget();

    // Whether the last pass skipped the blocks.
    bool has_skipped() const { return has_skipped_; }

    // Called by the network: computes `blocks` on x in place, or skips them. A batch smaller than
    // in the previous pass must be the beginning of that batch.
    void pass(const TimeModulation& time, at::Tensor& x_bnd, const std::function<void()>& blocks);

  private:
    bool skips(double change);
    void compute(double change, at::Tensor& x_bnd, const std::function<void()>& blocks);

    StepCacheSettings settings_;
    bool has_to_compute_ = true;
    bool has_skipped_ = false;
    double estimated_ = 0;     // change of the blocks' output since it was last computed
    at::Tensor embedding_ud_;  // of the last pass
    at::Tensor residual_bnd_;  // of the last computed pass
    at::Tensor output_bnd_;    // of the same pass; only with `compare`
};

}  // namespace nightreel
