#include "pipeline/sample/segment_velocity.h"

#include <utility>

#include <ATen/ATen.h>

namespace nightreel {

namespace {

// The one clip's tensor for each of a batch; undefined stays undefined.
at::Tensor for_each_of(const at::Tensor& one, std::int64_t batch, const at::Device& device) {
    if (!one.defined()) return {};
    std::vector<std::int64_t> shape(one.sizes().begin(), one.sizes().end());
    shape.front() = batch;
    return one.to(device).expand(shape);
}

}  // namespace

Velocity velocity_of(const WanTransformer& transformer,
                     const at::Tensor& text_nlt,
                     const Conditions& conditions) {
    const auto spread = [&](const at::Tensor& one) {
        return for_each_of(one, text_nlt.size(0), transformer.device());
    };
    WanConditions given;
    given.channels_bcfhw = spread(conditions.channels_1cfhw);
    given.control_bcfhw = spread(conditions.control_1cfhw);
    given.control_scales = conditions.control_scales;
    given.rate = conditions.rate;
    TextContext text = transformer.prepare_text(text_nlt, spread(conditions.pictures_1pi));
    return [&transformer, text = std::move(text), given = std::move(given)](
               const at::Tensor& latents, const at::Tensor& timesteps) {
        return transformer.forward(latents, timesteps, text, given);
    };
}

}  // namespace nightreel
