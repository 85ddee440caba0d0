#include "pipeline/sample/segment_velocity.h"

#include <utility>
#include <vector>

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

at::Tensor beginning(const at::Tensor& tensor, std::int64_t batch) {
    return tensor.defined() ? tensor.narrow(0, 0, batch) : tensor;
}

KeyValue beginning(const KeyValue& read, std::int64_t batch) {
    return {beginning(read.key_bhle, batch), beginning(read.value_bhle, batch)};
}

std::vector<CrossKeyValue> beginning(const std::vector<CrossKeyValue>& blocks, std::int64_t batch) {
    std::vector<CrossKeyValue> narrowed;
    for (const CrossKeyValue& read : blocks) {
        narrowed.push_back({beginning(read.text, batch), beginning(read.pictures, batch)});
    }
    return narrowed;
}

// What a transformer is asked with, for a batch or for its beginning: views.
struct Given {
    TextContext text;
    WanConditions conditions;
};

Given beginning(const Given& given, std::int64_t batch) {
    Given narrowed = given;
    narrowed.text.blocks = beginning(given.text.blocks, batch);
    narrowed.text.control = beginning(given.text.control, batch);
    narrowed.conditions.channels_bcfhw = beginning(given.conditions.channels_bcfhw, batch);
    narrowed.conditions.control_bcfhw = beginning(given.conditions.control_bcfhw, batch);
    return narrowed;
}

}  // namespace

Velocity velocity_of(const WanTransformer& transformer,
                     const at::Tensor& text_nlt,
                     const Conditions& conditions,
                     StepCache* cache) {
    const std::int64_t batch = text_nlt.size(0);
    const auto spread = [&](const at::Tensor& one) {
        return for_each_of(one, batch, transformer.device());
    };
    Given given;
    given.conditions.channels_bcfhw = spread(conditions.channels_1cfhw);
    given.conditions.control_bcfhw = spread(conditions.control_1cfhw);
    given.conditions.control_scales = conditions.control_scales;
    given.conditions.rate = conditions.rate;
    given.conditions.frames_per_block = conditions.frames_per_block;
    given.text = transformer.prepare_text(text_nlt, spread(conditions.pictures_1pi));
    return [&transformer, cache, batch, given = std::move(given)](const at::Tensor& latents,
                                                                  const at::Tensor& timesteps) {
        const auto ask = [&](const Given& with) {
            return transformer.forward(latents, timesteps, with.text, with.conditions, {}, cache);
        };
        return latents.size(0) == batch ? ask(given) : ask(beginning(given, latents.size(0)));
    };
}

}  // namespace nightreel
