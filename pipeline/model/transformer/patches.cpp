#include "pipeline/model/transformer/patches.h"

#include <ATen/ATen.h>

namespace nightreel {

PatchEmbedding::PatchEmbedding(const LayerReader& reader,
                               const std::string& name,
                               const WanConfig& config,
                               std::int64_t channels)
    : patch_(config.patch) {
    const auto& [frames, rows, columns] = patch_;
    linear_.weight =
        reader.tensor(name + ".weight", {config.width(), channels, frames, rows, columns})
            .flatten(1);
    linear_.bias = reader.tensor(name + ".bias", {config.width()});
    reader.add_slot(linear_, name, config.width(), linear_.weight.size(1));
}

at::Tensor PatchEmbedding::operator()(const at::Tensor& latents_bcfhw) const {
    const auto& [frames, rows, columns] = patch_;
    const at::IntArrayRef size = latents_bcfhw.sizes();
    const at::Tensor patches =
        latents_bcfhw.to(linear_.weight.device(), linear_.weight.scalar_type())
            .reshape({size[0],
                      size[1],
                      size[2] / frames,
                      frames,
                      size[3] / rows,
                      rows,
                      size[4] / columns,
                      columns})
            .permute({0, 2, 4, 6, 1, 3, 5, 7})
            .flatten(4)
            .flatten(1, 3);
    return linear_(patches);
}

}  // namespace nightreel
