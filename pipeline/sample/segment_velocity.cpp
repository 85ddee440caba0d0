#include "pipeline/sample/segment_velocity.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "pipeline/plan/memory_plan.h"

namespace nightreel {

namespace {

// The one clip's tensor for each of a batch; undefined stays undefined.
at::Tensor for_each_of(const at::Tensor& one, std::int64_t batch, const at::Device& device) {
    if (!one.defined()) return {};
    std::vector<std::int64_t> shape(one.sizes().begin(), one.sizes().end());
    shape.front() = batch;
    return one.to(device).expand(shape);
}

// Some clips of a batch.
struct Clips {
    std::int64_t first = 0;
    std::int64_t count = 0;

    at::Tensor of(const at::Tensor& tensor) const {
        return tensor.defined() ? tensor.narrow(0, first, count) : tensor;
    }

    KeyValue of(const KeyValue& read) const { return {of(read.key_bhle), of(read.value_bhle)}; }

    std::vector<CrossKeyValue> of(const std::vector<CrossKeyValue>& blocks) const {
        std::vector<CrossKeyValue> narrowed;
        for (const CrossKeyValue& read : blocks) {
            narrowed.push_back({of(read.text), of(read.pictures)});
        }
        return narrowed;
    }
};

// What a transformer is asked with, for a batch or some of its clips: views.
struct Given {
    TextContext text;
    WanConditions conditions;

    Given of(const Clips& clips) const {
        Given narrowed = *this;
        narrowed.text.blocks = clips.of(text.blocks);
        narrowed.text.control = clips.of(text.control);
        narrowed.conditions.channels_bcfhw = clips.of(conditions.channels_bcfhw);
        narrowed.conditions.control_bcfhw = clips.of(conditions.control_bcfhw);
        return narrowed;
    }
};

std::int64_t tokens_of(const at::Tensor& latents_ncfhw, const WanConfig& config) {
    return latents_ncfhw.size(2) * latents_ncfhw.size(3) * latents_ncfhw.size(4) /
           (config.patch[0] * config.patch[1] * config.patch[2]);
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
    return [&transformer, cache, given = std::move(given)](const at::Tensor& latents,
                                                           const at::Tensor& timesteps) {
        const std::int64_t asked = latents.size(0);
        const std::int64_t at_once =
            clips_at_once(tokens_of(latents, transformer.config()), asked, cache != nullptr);
        std::vector<at::Tensor> answers;
        for (std::int64_t first = 0; first < asked; first += at_once) {
            const Clips clips{first, std::min(at_once, asked - first)};
            const Given with = given.of(clips);
            answers.push_back(transformer.forward(
                clips.of(latents), clips.of(timesteps), with.text, with.conditions, {}, cache));
        }
        return answers.size() == 1 ? answers.front() : at::cat(answers);
    };
}

}  // namespace nightreel
