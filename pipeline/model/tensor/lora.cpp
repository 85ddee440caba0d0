#include "pipeline/model/tensor/lora.h"

#include <string>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "pipeline/model/tensor/safetensors.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

// Puts one file, which fits, into the slots.
class LoraSetter {
  public:
    LoraSetter(const LoraSlots& slots, const WeightedLora& lora, const LoraPlaces& places)
        : slots_(slots), file_(*lora.file), strength_(lora.strength), places_(places) {}

    void set() const {
        if (strength_ == 0) return;
        for (const auto& [name, layer] : file_.layers()) {
            const LoraTargets targets = lora_targets(name, places_);
            if (!targets.linear.empty()) {
                set_linear(layer, targets.linear);
            } else if (targets.any()) {  // else one of those that the network does without
                set_parameter(layer.matrix, targets.weight);
                set_parameter(layer.bias, targets.bias);
            }
        }
    }

  private:
    // As it is stored, as rows.
    at::Tensor tensor(const std::string& key) const {
        const at::Tensor stored = tensor_view(file_.stored(), file_.stored().at(key));
        return stored.dim() > 1 ? stored.flatten(1) : stored;
    }

    // In float32 on the network's device, times a factor.
    at::Tensor scaled(const std::string& key, double factor) const {
        return tensor(key).to(slots_.device(), at::kFloat).mul(factor);
    }

    void set_linear(const LoraLayer& layer, const std::string& place) const {
        LinearSlot* const slot = slots_.find_linear(place);
        NIGHTREEL_CHECK(slot != nullptr, "each linear layer of the weights has a slot");
        const auto device = slots_.device();
        if (!layer.down.empty()) {
            slot->low_rank.push_back({tensor(layer.down).to(device, slot->type),
                                      scaled(layer.up, strength_ * layer.scale).to(slot->type)});
        }
        if (!layer.matrix.empty()) {
            slot->matrices.push_back({tensor(layer.matrix).to(device, slot->type), strength_});
        }
        add_bias(*slot, layer.bias, strength_);
        add_bias(*slot, layer.up_bias, strength_ * layer.scale);
    }

    void add_bias(LinearSlot& slot, const std::string& key, double factor) const {
        if (key.empty()) return;
        const at::Tensor bias = scaled(key, factor).to(slot.type).flatten();
        slot.bias = slot.bias.defined() ? slot.bias + bias : bias;
    }

    void set_parameter(const std::string& key, const std::string& place) const {
        if (key.empty()) return;
        ParameterSlot* const slot = slots_.find_parameter(place);
        NIGHTREEL_CHECK(slot != nullptr, "each parameter of the weights has a slot");
        const at::Tensor difference = scaled(key, strength_).view(slot->shape);
        slot->difference = slot->difference.defined() ? slot->difference + difference : difference;
    }

    const LoraSlots& slots_;
    const LoraFile& file_;
    double strength_;
    const LoraPlaces& places_;
};

}  // namespace

void set_loras(LoraSlots& slots,
               std::span<const WeightedLora> loras,
               const LoraPlaces& places,
               const std::filesystem::path& network) {
    const c10::NoGradGuard no_grad;
    for (const WeightedLora& lora : loras) require_lora_fits(*lora.file, places, network.string());
    slots.clear();
    for (const WeightedLora& lora : loras) LoraSetter(slots, lora, places).set();
}

}  // namespace nightreel
