#include "pipeline/model/wan_control.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace nightreel {

WanControl::WanControl(const LayerReader& reader, const WanConfig& config)
    : patches_(reader, "vace_patch_embedding", config, config.control_channels) {
    const std::int64_t d = config.width();
    join_ = reader.linear("vace_blocks.0.proj_in", d, d);
    for (std::size_t i = 0; i < config.control_layers.size(); ++i) {
        const std::string name = fmt::format("vace_blocks.{}", i);
        blocks_.emplace_back(reader, name, fmt::format("control{}.", i), config);
        out_.push_back(reader.linear(name + ".proj_out", d, d));
    }
}

std::vector<CrossKeyValue> WanControl::cross_key_values(const at::Tensor& text_bld) const {
    std::vector<CrossKeyValue> read;
    for (const WanBlock& block : blocks_) read.push_back(block.cross_key_value(text_bld, {}));
    return read;
}

at::Tensor WanControl::begin(const at::Tensor& control_bcfhw, const at::Tensor& x_bnd) const {
    return join_(patches_(control_bcfhw)) + x_bnd;
}

at::Tensor WanControl::hint(std::size_t index,
                            at::Tensor& control_bnd,
                            const CrossKeyValue& read,
                            const BlockInputs& inputs) const {
    blocks_[index].forward(control_bnd, read, inputs);
    at::Tensor hint = out_[index](control_bnd);
    if (inputs.watch) inputs.watch(fmt::format("hint{}", index), hint);
    return hint;
}

}  // namespace nightreel
