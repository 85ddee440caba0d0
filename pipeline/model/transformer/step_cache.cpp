#include "pipeline/model/transformer/step_cache.h"

#include <cmath>
#include <limits>
#include <utility>

#include <ATen/ATen.h>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

double relative_change(const at::Tensor& now, const at::Tensor& before) {
    const at::Tensor exact = before.to(at::kFloat);
    const auto moved = (now.to(at::kFloat) - exact).abs_().mean().item<double>();
    return moved / exact.abs().mean().item<double>();
}

// Change over the timesteps that changed. Given frames keep their timestep in all steps; including
// them would dilute the change of the others. Without an earlier embedding the change is infinite.
double embedding_change(const at::Tensor& now_ud, const at::Tensor& before_ud) {
    if (!before_ud.defined() || before_ud.sizes() != now_ud.sizes()) {
        return std::numeric_limits<double>::infinity();
    }
    const at::Tensor moved = now_ud.ne(before_ud).any(1).nonzero().squeeze(1);
    if (moved.numel() == 0) return 0;
    return relative_change(now_ud.index_select(0, moved), before_ud.index_select(0, moved));
}

}  // namespace

StepCache::StepCache(StepCacheSettings settings) : settings_(std::move(settings)) {}

void StepCache::begin_step(int step, int steps) {
    has_to_compute_ = step < settings_.fit.first_steps || step + 1 >= steps;
}

void StepCache::forget() {
    embedding_ud_.reset();
    residual_bnd_.reset();
    output_bnd_.reset();
    estimated_ = 0;
}

bool StepCache::skips(double change) {
    const bool can_skip = !has_to_compute_ && !settings_.compare && residual_bnd_.defined() &&
                          std::isfinite(change) && !settings_.fit.coefficients.empty();
    if (can_skip) {
        estimated_ += estimated_change(settings_.fit, change);
        if (estimated_ < settings_.threshold) return true;
    }
    estimated_ = 0;
    return false;
}

void StepCache::pass(const TimeModulation& time,
                     at::Tensor& x_bnd,
                     const std::function<void()>& blocks) {
    const at::Tensor embedding = time.projected_u6d.flatten(1);
    const double change = embedding_change(embedding, embedding_ud_);
    embedding_ud_ = embedding;
    has_skipped_ = skips(change);
    if (!has_skipped_) {
        compute(change, x_bnd, blocks);
        return;
    }
    NIGHTREEL_CHECK(residual_bnd_.size(0) >= x_bnd.size(0) &&
                        residual_bnd_.sizes().slice(1) == x_bnd.sizes().slice(1),
                    "what is added to the tokens is of the same clip");
    x_bnd.add_(residual_bnd_.narrow(0, 0, x_bnd.size(0)));
}

void StepCache::compute(double change, at::Tensor& x_bnd, const std::function<void()>& blocks) {
    residual_bnd_.reset();  // free its memory first
    at::Tensor residual = x_bnd.clone();
    blocks();
    residual_bnd_ = at::sub_out(residual, x_bnd, residual);
    if (!settings_.compare) return;
    if (output_bnd_.defined() && std::isfinite(change)) {
        settings_.compare({change, relative_change(x_bnd, output_bnd_)});
    }
    output_bnd_ = x_bnd.clone();
}

}  // namespace nightreel
