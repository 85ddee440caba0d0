#include "pipeline/model/vae_coders.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace nightreel {

namespace {

// Frames 2 c channels deep become twice as many, c deep: the halves are one frame after the other.
at::Tensor interleaved_frames(const at::Tensor& x_bcthw) {
    const std::vector<at::Tensor> halves = x_bcthw.chunk(2, 1);
    return at::stack({halves[0], halves[1]}, 3).flatten(2, 3);
}

std::string numbered(const std::string& name, std::size_t number) {
    return fmt::format("{}.{}", name, number);
}

}  // namespace

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
    at::Tensor& kept = history.at(slot_);
    // The first frame of a clip stands alone; from then on pairs of frames, with the frame before.
    const at::Tensor before = kept;
    kept = x.narrow(2, x.size(2) - 1, 1).clone();
    if (!before.defined()) return x;
    return convolved(at::cat({before, x}, 2), time_weight_, time_bias_, {2, 1, 1}, {0, 0, 0});
}

Upsample::Upsample(const LayerReader& reader,
                   const std::string& name,
                   std::int64_t channels,
                   bool doubles_time,
                   SlotCounter& slots)
    : conv_(reader, name + ".resample.1", channels / 2, channels), doubles_time_(doubles_time) {
    if (doubles_time_) {
        time_conv_ = CausalConv(reader, name + ".time_conv", 2 * channels, channels, 1, slots);
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

VaeEncoder::VaeEncoder(const LayerReader& reader, const VaeConfig& config) {
    SlotCounter slots;
    std::int64_t channels = config.base;
    conv_in_ = CausalConv(reader, "encoder.conv_in", channels, 3, 3, slots);
    const auto next_name = [&] { return numbered("encoder.down_blocks", stages_.size()); };
    for (std::size_t stage = 0; stage < config.multiples.size(); ++stage) {
        const std::int64_t out = config.base * config.multiples[stage];
        for (std::int64_t block = 0; block < config.residual_blocks; ++block) {
            stages_.emplace_back(ResidualBlock(reader, next_name(), channels, out, slots));
            channels = out;
        }
        if (stage == config.halves_time.size()) continue;
        stages_.emplace_back(
            Downsample(reader, next_name(), channels, config.halves_time[stage], slots));
    }
    middle_.emplace(reader, "encoder.mid_block", channels, slots);
    norm_out_ = ChannelNorm(reader, "encoder.norm_out", channels, 3);
    conv_out_ =
        CausalConv(reader, "encoder.conv_out", 2 * config.latent_channels, channels, 3, slots);
    slots_ = slots.next;
}

at::Tensor VaeEncoder::next(const at::Tensor& video_bcthw,
                            FrameHistory& history,
                            const Watch& watch) const {
    const auto show = [&](const std::string& name, const at::Tensor& value) {
        if (watch) watch("encoder." + name, value);
    };
    at::Tensor x = conv_in_(video_bcthw, history);
    show("conv_in", x);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        x = std::visit([&](const auto& stage) { return stage(x, history); }, stages_[i]);
        show(fmt::format("block{}", i), x);
    }
    x = (*middle_)(x, history, "encoder.mid", watch);
    x = norm_out_(x);
    show("norm_out", x);
    x = conv_out_(at::silu(x), history);
    show("conv_out", x);
    return x;
}

VaeDecoder::VaeDecoder(const LayerReader& reader,
                       const LayerReader& exact,
                       const VaeConfig& config) {
    SlotCounter slots;
    const std::int64_t deepest = config.decoder_base * config.multiples.back();
    const std::int64_t last = config.decoder_base * config.multiples.front();
    conv_in_ = CausalConv(reader, "decoder.conv_in", deepest, config.latent_channels, 3, slots);
    middle_.emplace(reader, "decoder.mid_block", deepest, slots);
    for (std::size_t i = 0; i < config.multiples.size(); ++i) {
        stages_.push_back(read_stage(reader, config, i, slots));
    }
    norm_out_ = ChannelNorm(exact, "decoder.norm_out", last, 3);
    conv_out_ = CausalConv(exact, "decoder.conv_out", 3, last, 3, slots);
    slots_ = slots.next;
}

VaeDecoder::Stage VaeDecoder::read_stage(const LayerReader& reader,
                                         const VaeConfig& config,
                                         std::size_t index,
                                         SlotCounter& slots) const {
    const std::size_t count = config.multiples.size();
    const std::string name = numbered("decoder.up_blocks", index);
    const std::int64_t out = config.decoder_base * config.multiples[count - 1 - index];
    // What the stage before left: its upsampling halved the channels.
    std::int64_t in = index == 0 ? out : config.decoder_base * config.multiples[count - index] / 2;
    Stage stage;
    for (std::int64_t block = 0; block <= config.residual_blocks; ++block) {
        const std::string block_name = numbered(name + ".resnets", static_cast<std::size_t>(block));
        stage.blocks.emplace_back(reader, block_name, in, out, slots);
        in = out;
    }
    if (index + 1 < count) {
        const bool doubles_time = config.halves_time[count - 2 - index];
        stage.upsample.emplace(reader, name + ".upsamplers.0", out, doubles_time, slots);
    }
    return stage;
}

at::Tensor VaeDecoder::next(const at::Tensor& latent_bcthw,
                            FrameHistory& history,
                            bool is_first,
                            const Watch& watch) const {
    const auto show = [&](const std::string& name, const at::Tensor& value) {
        if (watch) watch("decoder." + name, value);
    };
    at::Tensor x = conv_in_(latent_bcthw, history);
    show("conv_in", x);
    x = (*middle_)(x, history, "decoder.mid", watch);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        for (const ResidualBlock& block : stages_[i].blocks) x = block(x, history);
        if (stages_[i].upsample) x = (*stages_[i].upsample)(x, history, is_first);
        show(fmt::format("block{}", i), x);
    }
    x = norm_out_(x.to(conv_out_.type()));
    show("norm_out", x);
    x = conv_out_(at::silu(x), history);
    show("conv_out", x);
    return x;
}

}  // namespace nightreel
