#include "pipeline/model/vae/resample.h"

#include <vector>

#include <ATen/ATen.h>

#include "pipeline/model/tensor/products.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

// Frames 2 c channels deep become twice as many, c deep: the halves are one frame after the other.
at::Tensor interleaved_frames(const at::Tensor& x_bcthw) {
    const std::vector<at::Tensor> halves = x_bcthw.chunk(2, 1);
    return at::stack({halves[0], halves[1]}, 3).flatten(2, 3);
}

}  // namespace

at::Tensor patches_of(const at::Tensor& pictures_bcthw, std::int64_t side) {
    return pictures_bcthw.unflatten(4, {-1, side})
        .unflatten(3, {-1, side})
        .permute({0, 1, 6, 4, 2, 3, 5})
        .flatten(1, 3);
}

at::Tensor pictures_of(const at::Tensor& patches_bcthw, std::int64_t side) {
    return patches_bcthw.unflatten(1, {-1, side, side})
        .permute({0, 1, 4, 5, 3, 6, 2})
        .flatten(5, 6)
        .flatten(3, 4);
}

at::Tensor averaged_cells(const at::Tensor& x_bcthw, std::int64_t channels, StageFactors factors) {
    const std::int64_t rest = x_bcthw.size(2) % factors.time;
    at::Tensor x = x_bcthw;
    if (rest != 0) x = at::constant_pad_nd(x, {0, 0, 0, 0, factors.time - rest, 0});
    return x.unflatten(4, {-1, factors.side})
        .unflatten(3, {-1, factors.side})
        .unflatten(2, {-1, factors.time})
        .permute({0, 1, 3, 5, 7, 2, 4, 6})
        .flatten(1, 4)
        .unflatten(1, {channels, -1})
        .mean(2);
}

at::Tensor repeated_cells(const at::Tensor& x_bcthw,
                          std::int64_t channels,
                          StageFactors factors,
                          bool is_first) {
    const std::int64_t cell = factors.time * factors.side * factors.side;
    NIGHTREEL_CHECK(channels * cell % x_bcthw.size(1) == 0, "channels are repeated in whole");
    const at::Tensor x = x_bcthw.repeat_interleave(channels * cell / x_bcthw.size(1), 1)
                             .unflatten(1, {channels, factors.time, factors.side, factors.side})
                             .permute({0, 1, 5, 2, 6, 3, 7, 4})
                             .flatten(6, 7)
                             .flatten(4, 5)
                             .flatten(2, 3);
    const std::int64_t dropped = is_first ? factors.time - 1 : 0;
    return x.narrow(2, dropped, x.size(2) - dropped);
}

Downsample::Downsample(const LayerReader& reader,
                       const std::string& name,
                       std::int64_t channels,
                       bool halves_time,
                       SlotCounter& slots)
    : conv_(reader, name + ".resample.1", channels, channels), halves_time_(halves_time) {
    if (!halves_time_) return;
    time_weight_ = reader.tensor(name + ".time_conv.weight", {channels, channels, 3, 1, 1})
                       .contiguous(at::MemoryFormat::ChannelsLast3d);
    time_bias_ = reader.tensor(name + ".time_conv.bias", {channels});
    slot_ = slots.take();
}

at::Tensor Downsample::operator()(const at::Tensor& x_bcthw, FrameHistory& history) const {
    // The kernel sees one row below and one column right of the picture, none above or left.
    const at::Tensor padded = at::constant_pad_nd(x_bcthw, {0, 1, 0, 1});
    at::Tensor x = conv_(padded, 2, 0);
    if (!halves_time_) return x;
    KeptFrames& kept = history.at(slot_);
    // The first frame of a clip stands alone; from then on pairs of frames, with the frame before.
    const at::Tensor before = kept.frames;
    kept = {x.narrow(2, x.size(2) - 1, 1).clone(), 1};
    if (!before.defined()) return x;
    return convolved(at::cat({before, x}, 2), time_weight_, time_bias_, {2, 1, 1}, {0, 0, 0});
}

Upsample::Upsample(const LayerReader& reader,
                   const std::string& name,
                   UpsampleChannels channels,
                   bool doubles_time,
                   SlotCounter& slots)
    : conv_(reader, name + ".resample.1", channels.out, channels.in), doubles_time_(doubles_time) {
    if (doubles_time_) {
        time_conv_ =
            CausalConv(reader, name + ".time_conv", 2 * channels.in, channels.in, 1, slots);
    }
}

at::Tensor Upsample::operator()(const at::Tensor& x_bcthw,
                                FrameHistory& history,
                                bool is_first) const {
    at::Tensor x = x_bcthw;
    // The first latent frame passes by and leaves no trace: the second one sees zeros before it.
    if (doubles_time_ && !is_first) x = interleaved_frames(time_conv_(x, history));
    x = x.repeat_interleave(2, 3).repeat_interleave(2, 4);
    return conv_(x, 1, 1);
}

}  // namespace nightreel
