#include "pipeline/sample/segment_frames.h"

#include <ATen/ATen.h>

#include "pipeline/model/tensor/device.h"
#include "shotspec/base/check.h"

namespace nightreel {

SegmentFrames::SegmentFrames(const SegmentTensors& segment) : segment_(segment) {
    if (segment.references_bcrhw.defined()) references_ = segment.references_bcrhw.size(2);
    if (!segment.clean_bcfhw.defined()) return;
    NIGHTREEL_CHECK(segment.clean_bcfhw.sizes() == segment.noise_bcfhw.sizes(),
                    "clean frames and noise have one shape");
    NIGHTREEL_CHECK(static_cast<std::int64_t>(segment.is_clean.size()) == count(),
                    "each latent frame is clean or is not");
    is_clean_host_f_ = at::zeros({count()}, at::kBool);
    for (std::int64_t frame = 0; frame < count(); ++frame) {
        is_clean_host_f_[frame].fill_(bool{segment.is_clean[static_cast<std::size_t>(frame)]});
    }
    is_clean_f_ = uploaded(is_clean_host_f_, segment.noise_bcfhw.device());
}

at::Tensor SegmentFrames::held(const at::Tensor& x_bcfhw) const {
    if (!is_clean_f_.defined()) return x_bcfhw;
    return at::where(is_clean_f_.view({1, 1, -1, 1, 1}), segment_.clean_bcfhw, x_bcfhw);
}

at::Tensor SegmentFrames::with_references(const at::Tensor& x_bcfhw) const {
    if (references_ == 0) return x_bcfhw;
    return at::cat({segment_.references_bcrhw, x_bcfhw}, 2);
}

at::Tensor SegmentFrames::without_references(const at::Tensor& x_bcfhw) const {
    return x_bcfhw.narrow(2, references_, x_bcfhw.size(2) - references_);
}

std::int64_t SegmentFrames::count() const {
    return segment_.noise_bcfhw.size(2);
}

bool SegmentFrames::is_given(std::int64_t frame) const {
    return is_clean_f_.defined() && segment_.is_clean.at(static_cast<std::size_t>(frame));
}

std::int64_t SegmentFrames::given_at_front() const {
    std::int64_t frames = 0;
    while (frames < count() && is_given(frames)) ++frames;
    return frames;
}

at::Tensor SegmentFrames::timesteps(double timestep) const {
    if (references_ == 0 && !is_clean_f_.defined()) {
        return at::full({segment_.noise_bcfhw.size(0)}, timestep, at::kFloat);
    }
    at::Tensor frames_f = at::full({count()}, timestep, at::kFloat);
    if (is_clean_f_.defined()) frames_f.masked_fill_(is_clean_host_f_, 0);
    return timesteps(frames_f);
}

at::Tensor SegmentFrames::timesteps(const at::Tensor& frames_n) const {
    const at::Tensor all_n = at::cat({at::zeros({references_}, frames_n.options()), frames_n});
    return all_n.unsqueeze(0).expand({segment_.noise_bcfhw.size(0), -1}).contiguous();
}

}  // namespace nightreel
