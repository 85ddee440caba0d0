#include "pipeline/model/vae/layers.h"

#include <cmath>

#include <ATen/ATen.h>

#include "pipeline/model/tensor/products.h"
#include "shotspec/base/check.h"

// Tensors are [b, c, t, h, w] with the channels innermost in memory (channels_last_3d), which is
// what convolutions and the norm over channels both like; views below rely on it.

namespace nightreel {

namespace {

constexpr std::int64_t frames_deep = 3;  // of every causal kernel

at::Tensor last_frames(const at::Tensor& x_bcthw, std::int64_t count) {
    return x_bcthw.narrow(2, x_bcthw.size(2) - count, count);
}

at::Tensor activated(at::Tensor x) {
    return at::silu_(x);
}

}  // namespace

CausalConv::CausalConv(const LayerReader& reader,
                       const std::string& name,
                       std::int64_t out,
                       std::int64_t in,
                       std::int64_t side,
                       SlotCounter& slots)
    : weight_(reader.tensor(name + ".weight", {out, in, frames_deep, side, side})
                  .contiguous(at::MemoryFormat::ChannelsLast3d)),
      bias_(reader.tensor(name + ".bias", {out})),
      side_(side),
      slot_(slots.take()) {}

at::Tensor CausalConv::operator()(const at::Tensor& x_bcthw, FrameHistory& history) const {
    constexpr std::int64_t past = frames_deep - 1;
    NIGHTREEL_CHECK(slot_ < history.size(), "a history has a slot for each layer");
    at::Tensor& kept = history[slot_].frames;
    if (!kept.defined()) {
        kept = at::zeros({x_bcthw.size(0), x_bcthw.size(1), past, x_bcthw.size(3), x_bcthw.size(4)},
                         x_bcthw.options())
                   .contiguous(at::MemoryFormat::ChannelsLast3d);
    }
    const at::Tensor with_past = at::cat({kept, x_bcthw}, 2);
    // A copy, because a view would keep all of the frames alive.
    kept = last_frames(with_past, past).clone();
    history[slot_].count = past;
    const std::int64_t pad = side_ / 2;
    return convolved(with_past, weight_, bias_, {1, 1, 1}, {0, pad, pad});
}

PointConv::PointConv(const LayerReader& reader,
                     const std::string& name,
                     std::int64_t out,
                     std::int64_t in,
                     std::size_t dimensions) {
    std::vector<std::int64_t> shape{out, in};
    shape.resize(2 + dimensions, 1);
    linear_.weight = reader.tensor(name + ".weight", shape).flatten(1);
    linear_.bias = reader.tensor(name + ".bias", {out});
}

at::Tensor PointConv::operator()(const at::Tensor& x_bcthw) const {
    return linear_(x_bcthw.permute({0, 2, 3, 4, 1})).permute({0, 4, 1, 2, 3});
}

FrameConv::FrameConv(const LayerReader& reader,
                     const std::string& name,
                     std::int64_t out,
                     std::int64_t in)
    : weight_(reader.tensor(name + ".weight", {out, in, 3, 3})
                  .contiguous(at::MemoryFormat::ChannelsLast)),
      bias_(reader.tensor(name + ".bias", {out})) {}

at::Tensor FrameConv::operator()(const at::Tensor& x_bcthw,
                                 std::int64_t stride,
                                 std::int64_t padding) const {
    const at::Tensor frames = x_bcthw.transpose(1, 2).flatten(0, 1);
    const at::Tensor out =
        convolved_pictures(frames, weight_, bias_, {stride, stride}, {padding, padding});
    return out.unflatten(0, {x_bcthw.size(0), x_bcthw.size(2)}).transpose(1, 2);
}

ChannelNorm::ChannelNorm(const LayerReader& reader,
                         const std::string& name,
                         std::int64_t channels,
                         std::size_t ones) {
    std::vector<std::int64_t> shape{channels};
    shape.resize(1 + ones, 1);
    gamma_ = reader.float_tensor(name + ".gamma", shape).view({channels, 1, 1, 1}) *
             std::sqrt(static_cast<double>(channels));
}

at::Tensor ChannelNorm::operator()(const at::Tensor& x_bcthw) const {
    constexpr double least = 1e-12;
    const at::Tensor exact = x_bcthw.to(at::kFloat);
    const at::Tensor length = at::linalg_vector_norm(exact, 2, 1, true).clamp_min_(least);
    return (exact / length).mul_(gamma_).to(x_bcthw.scalar_type());
}

ResidualBlock::ResidualBlock(const LayerReader& reader,
                             const std::string& name,
                             std::int64_t in,
                             std::int64_t out,
                             SlotCounter& slots)
    : norm1_(reader, name + ".norm1", in, 3),
      conv1_(reader, name + ".conv1", out, in, 3, slots),
      norm2_(reader, name + ".norm2", out, 3),
      conv2_(reader, name + ".conv2", out, out, 3, slots),
      has_shortcut_(in != out) {
    if (has_shortcut_) shortcut_ = PointConv(reader, name + ".conv_shortcut", out, in, 3);
}

at::Tensor ResidualBlock::operator()(const at::Tensor& x_bcthw, FrameHistory& history) const {
    at::Tensor y = conv1_(activated(norm1_(x_bcthw)), history);
    y = conv2_(activated(norm2_(y)), history);
    return y.add_(has_shortcut_ ? shortcut_(x_bcthw) : x_bcthw);
}

FrameAttention::FrameAttention(const LayerReader& reader,
                               const std::string& name,
                               std::int64_t channels)
    : norm_(reader, name + ".norm", channels, 2),
      qkv_(reader, name + ".to_qkv", 3 * channels, channels, 2),
      project_(reader, name + ".proj", channels, channels, 2) {}

at::Tensor FrameAttention::operator()(const at::Tensor& x_bcthw) const {
    const std::vector<at::Tensor> qkv =
        qkv_(norm_(x_bcthw)).permute({0, 2, 3, 4, 1}).flatten(2, 3).chunk(3, -1);
    const at::Tensor y_btnc = scaled_attention(qkv[0], qkv[1], qkv[2]);
    const at::Tensor y_bcthw =
        y_btnc.unflatten(2, {x_bcthw.size(3), x_bcthw.size(4)}).permute({0, 4, 1, 2, 3});
    return x_bcthw + project_(y_bcthw);
}

MiddleBlock::MiddleBlock(const LayerReader& reader,
                         const std::string& name,
                         std::int64_t channels,
                         SlotCounter& slots)
    : first_(reader, name + ".resnets.0", channels, channels, slots),
      attention_(reader, name + ".attentions.0", channels),
      second_(reader, name + ".resnets.1", channels, channels, slots) {}

at::Tensor MiddleBlock::operator()(const at::Tensor& x_bcthw,
                                   FrameHistory& history,
                                   const std::string& name,
                                   const Watch& watch) const {
    at::Tensor x = attention_(first_(x_bcthw, history));
    if (watch) watch(name + ".attention", x);
    x = second_(x, history);
    if (watch) watch(name, x);
    return x;
}

}  // namespace nightreel
