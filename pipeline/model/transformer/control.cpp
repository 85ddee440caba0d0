#include "pipeline/model/transformer/control.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace nightreel {

WanControl::WanControl(const LayerReader& reader,
                       const WanConfig& config,
                       const BlockStorage& storage)
    : patches_(reader, "vace_patch_embedding", config, config.control_channels) {
    const std::int64_t d = config.width();
    join_ = reader.linear("vace_blocks.0.proj_in", d, d);
    const auto count = static_cast<std::int64_t>(config.control_layers.size());
    blocks_ = WanBlocks(reader, {"vace_blocks", "control"}, count, config, storage);
    for (std::int64_t i = 0; i < count; ++i) {
        out_.push_back(reader.linear(fmt::format("vace_blocks.{}.proj_out", i), d, d));
    }
}

std::vector<CrossKeyValue> WanControl::cross_key_values(const at::Tensor& text_bld) const {
    return blocks_.cross_key_values(text_bld, {});
}

at::Tensor WanControl::begin(const at::Tensor& control_bcfhw, const at::Tensor& x_bnd) const {
    return join_(patches_(control_bcfhw)) + x_bnd;
}

at::Tensor WanControl::hint(std::size_t index,
                            at::Tensor& control_bnd,
                            const CrossKeyValue& read,
                            const BlockInputs& inputs) const {
    blocks_.one(
        index, control_bnd.size(0) * control_bnd.size(1), [&](std::size_t, const WanBlock& block) {
            block.forward(control_bnd, read, inputs);
        });
    const Linear& out = out_[index];
    at::Tensor hint = out(control_bnd.to(out.weight.scalar_type()));
    if (inputs.watch) inputs.watch(fmt::format("hint{}", index), hint);
    return hint;
}

}  // namespace nightreel
