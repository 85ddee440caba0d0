#include "pipeline/model/tensor/lora_slots.h"

#include <ATen/ATen.h>

#include "pipeline/model/tensor/products.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

template <class Slots>
auto* found_in(const Slots& slots, std::string_view name) {
    const auto found = slots.find(name);
    return found == slots.end() ? nullptr : found->second.get();
}

}  // namespace

void LinearSlot::add_to(const at::Tensor& y, const at::Tensor& x) const {
    if (is_empty()) return;
    const at::Tensor rows = x.flatten(0, -2);
    const at::Tensor sum = y.flatten(0, -2);
    NIGHTREEL_CHECK(sum.data_ptr() == y.data_ptr(), "the sum is made in place");
    for (const LowRankDelta& delta : low_rank) {
        const at::Tensor low = at::empty({rows.size(0), delta.down.size(0)}, rows.options());
        linear_product_into(rows, delta.down, {}, low);
        add_product(low, delta.up, 1, sum);
    }
    for (const MatrixDelta& delta : matrices) {
        add_product(rows, delta.matrix, delta.strength, sum);
    }
    if (bias.defined()) sum.add_(bias);
}

std::shared_ptr<LinearSlot> LoraSlots::linear(const std::string& name,
                                              std::int64_t out,
                                              std::int64_t in,
                                              at::ScalarType type) {
    const auto found = linear_.find(name);
    if (found == linear_.end()) {
        auto slot = std::make_shared<LinearSlot>();
        slot->out = out;
        slot->in = in;
        slot->type = type;
        return linear_.emplace(name, std::move(slot)).first->second;
    }
    const LinearSlot& slot = *found->second;
    NIGHTREEL_CHECK(slot.out == out && slot.in == in && slot.type == type,
                    "a layer that is made again is the same one");
    return found->second;
}

std::shared_ptr<ParameterSlot> LoraSlots::parameter(const std::string& name,
                                                    at::IntArrayRef shape) {
    const auto found = parameters_.find(name);
    if (found != parameters_.end()) return found->second;
    auto slot = std::make_shared<ParameterSlot>();
    slot->shape = shape.vec();
    return parameters_.emplace(name, std::move(slot)).first->second;
}

LinearSlot* LoraSlots::find_linear(std::string_view name) const {
    return found_in(linear_, name);
}

ParameterSlot* LoraSlots::find_parameter(std::string_view name) const {
    return found_in(parameters_, name);
}

std::vector<std::string> LoraSlots::names() const {
    std::vector<std::string> names;
    for (const auto& [name, slot] : linear_) names.push_back(name);
    for (const auto& [name, slot] : parameters_) names.push_back(name);
    return names;
}

void LoraSlots::clear() {
    for (const auto& [name, slot] : linear_) {
        slot->low_rank.clear();
        slot->matrices.clear();
        slot->bias = at::Tensor();
    }
    for (const auto& [name, slot] : parameters_) slot->difference = at::Tensor();
}

}  // namespace nightreel
