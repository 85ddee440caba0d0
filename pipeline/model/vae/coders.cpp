#include "pipeline/model/vae/coders.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/residency.h"

namespace nightreel {

namespace {

std::string numbered(const std::string& name, std::size_t number) {
    return fmt::format("{}.{}", name, number);
}

}  // namespace

VaeEncoder::VaeEncoder(const LayerReader& reader, const VaeConfig& config) {
    SlotCounter slots;
    const std::int64_t deepest = config.base * config.multiples.back();
    conv_in_ =
        CausalConv(reader, "encoder.conv_in", config.base, config.picture_channels(), 3, slots);
    for (std::size_t i = 0; i < config.multiples.size(); ++i) {
        stages_.push_back(read_stage(reader, config, i, slots));
    }
    middle_.emplace(reader, "encoder.mid_block", deepest, slots);
    norm_out_ = ChannelNorm(reader, "encoder.norm_out", deepest, 3);
    conv_out_ =
        CausalConv(reader, "encoder.conv_out", 2 * config.latent_channels, deepest, 3, slots);
    slots_ = slots.next;
}

// Wan 2.1 numbers all parts of all stages in one row; Wan 2.2 numbers stages.
VaeEncoder::Stage VaeEncoder::read_stage(const LayerReader& reader,
                                         const VaeConfig& config,
                                         std::size_t index,
                                         SlotCounter& slots) const {
    const auto blocks = static_cast<std::size_t>(config.residual_blocks);
    const auto part_name = [&](std::size_t part, const char* name, std::size_t number) {
        if (!config.has_shortcuts) {
            return numbered("encoder.down_blocks", index * (blocks + 1) + part);
        }
        const std::string part_of_stage = numbered("encoder.down_blocks", index) + "." + name;
        return part < blocks ? numbered(part_of_stage, number) : part_of_stage;
    };
    const bool is_last = index == config.halves_time.size();
    const bool halves_time = !is_last && config.halves_time[index];
    std::int64_t in = config.base * (index == 0 ? 1 : config.multiples[index - 1]);
    Stage stage;
    stage.channels = config.base * config.multiples[index];
    stage.factors = {halves_time ? 2 : 1, is_last ? 1 : 2};
    stage.has_shortcut = config.has_shortcuts;
    for (std::size_t block = 0; block < blocks; ++block) {
        stage.blocks.emplace_back(
            reader, part_name(block, "resnets", block), in, stage.channels, slots);
        in = stage.channels;
    }
    if (!is_last) {
        const std::string name = part_name(blocks, "downsampler", 0);
        stage.resample.emplace(reader, name, stage.channels, halves_time, slots);
    }
    return stage;
}

at::Tensor VaeEncoder::next(const at::Tensor& video_bcthw,
                            FrameHistory& history,
                            const Watch& watch) const {
    const auto show = [&](const std::string& name, const at::Tensor& value) {
        if (watch) watch("encoder." + name, value);
    };
    at::Tensor x = conv_in_(video_bcthw, history);
    show("conv_in", x);
    std::size_t part = 0;
    for (const Stage& stage : stages_) {
        const at::Tensor before = x;
        const auto show_part = [&] {
            if (!stage.has_shortcut) show(fmt::format("block{}", part++), x);
        };
        for (const ResidualBlock& block : stage.blocks) {
            x = block(x, history);
            show_part();
        }
        if (stage.resample) {
            x = (*stage.resample)(x, history);
            show_part();
        }
        if (stage.has_shortcut) {
            x = x.add(averaged_cells(before, stage.channels, stage.factors));
            show(fmt::format("block{}", part++), x);
        }
    }
    x = (*middle_)(x, history, "encoder.mid", watch);
    x = norm_out_(x);
    show("norm_out", x);
    x = conv_out_(at::silu(x), history);
    show("conv_out", x);
    return x;
}

std::vector<DecoderStageShape> decoder_stages(const VaeConfig& config) {
    const std::size_t count = config.multiples.size();
    std::vector<DecoderStageShape> stages;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string name = numbered("decoder.up_blocks", i);
        DecoderStageShape stage;
        stage.name = name;
        stage.out = config.decoder_base * config.multiples[count - 1 - i];
        stage.in = i == 0 ? stage.out : stages.back().upsampled;
        for (std::int64_t block = 0; block <= config.residual_blocks; ++block) {
            stage.blocks.push_back(numbered(name + ".resnets", static_cast<std::size_t>(block)));
        }
        if (i + 1 < count) {
            stage.upsample = name + (config.has_shortcuts ? ".upsampler" : ".upsamplers.0");
            // In Wan 2.1 upsampling halves the channels.
            stage.upsampled = config.has_shortcuts ? stage.out : stage.out / 2;
            stage.doubles_time = config.halves_time[count - 2 - i];
            stage.has_shortcut = config.has_shortcuts;
        }
        stages.push_back(std::move(stage));
    }
    return stages;
}

VaeDecoder::VaeDecoder(const LayerReader& reader,
                       const LayerReader& exact,
                       const VaeConfig& config) {
    SlotCounter slots;
    const std::int64_t deepest = config.decoder_base * config.multiples.back();
    const std::int64_t last = config.decoder_base * config.multiples.front();
    conv_in_ = CausalConv(reader, "decoder.conv_in", deepest, config.latent_channels, 3, slots);
    middle_.emplace(reader, "decoder.mid_block", deepest, slots);
    for (const DecoderStageShape& shape : decoder_stages(config)) {
        stages_.push_back(read_stage(reader, shape, slots));
        // What was read of a stage is held twice until its pages are given back.
        release_pages(reader.weights.stored(), shape.name + ".", PageCache::keep);
    }
    norm_out_ = ChannelNorm(exact, "decoder.norm_out", last, 3);
    conv_out_ = CausalConv(exact, "decoder.conv_out", config.picture_channels(), last, 3, slots);
    slots_ = slots.next;
}

VaeDecoder::Stage VaeDecoder::read_stage(const LayerReader& reader,
                                         const DecoderStageShape& shape,
                                         SlotCounter& slots) const {
    Stage stage;
    stage.channels = shape.out;
    std::int64_t in = shape.in;
    for (const std::string& name : shape.blocks) {
        stage.blocks.emplace_back(reader, name, in, shape.out, slots);
        in = shape.out;
    }
    if (!shape.upsample) return stage;
    const UpsampleChannels channels{shape.out, shape.upsampled};
    stage.resample.emplace(reader, *shape.upsample, channels, shape.doubles_time, slots);
    stage.factors = {shape.doubles_time ? 2 : 1, 2};
    stage.has_shortcut = shape.has_shortcut;
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
        const Stage& stage = stages_[i];
        const at::Tensor before = x;
        for (const ResidualBlock& block : stage.blocks) x = block(x, history);
        if (stage.resample) x = (*stage.resample)(x, history, is_first);
        if (stage.has_shortcut) {
            x = x.add(repeated_cells(before, stage.channels, stage.factors, is_first));
        }
        show(fmt::format("block{}", i), x);
    }
    x = norm_out_(x.to(conv_out_.type()));
    show("norm_out", x);
    x = conv_out_(at::silu(x), history);
    show("conv_out", x);
    return x;
}

}  // namespace nightreel
