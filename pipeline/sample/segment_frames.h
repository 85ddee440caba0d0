#pragma once
// Which latent frames of a segment are given, and what stands in front of all. One thread.

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

class SegmentFrames {
  public:
    // The segment outlives this.
    explicit SegmentFrames(const SegmentTensors& segment);

    // The latents with the given frames put in their places.
    at::Tensor held(const at::Tensor& x_bcfhw) const;

    at::Tensor with_references(const at::Tensor& x_bcfhw) const;
    at::Tensor without_references(const at::Tensor& x_bcfhw) const;

    std::int64_t references() const { return references_; }

    std::int64_t count() const;  // references left out
    bool is_given(std::int64_t frame) const;
    std::int64_t given_at_front() const;

    // On the host, where they are read. [b] while all frames are equally noisy, else [b, r + f].
    at::Tensor timesteps(double timestep) const;
    // [b, r + n] for frames that stand at levels of their own, given on the host.
    at::Tensor timesteps(const at::Tensor& frames_n) const;

  private:
    const SegmentTensors& segment_;
    std::int64_t references_ = 0;
    at::Tensor is_clean_host_f_;
    at::Tensor is_clean_f_;  // the same where the latents are
};

}  // namespace nightreel
