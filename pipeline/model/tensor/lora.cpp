#include "pipeline/model/tensor/lora.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/tensor/safetensors.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// The slots that one layer of a file reaches; a layer's name may also be that of a norm, whose
// weight and bias are parameters, or of a parameter itself.
struct Reached {
    LinearSlot* linear = nullptr;
    ParameterSlot* weight = nullptr;
    ParameterSlot* bias = nullptr;

    bool any() const { return linear != nullptr || weight != nullptr || bias != nullptr; }
};

Reached reached_by(const std::string& name, const LoraSlots& slots) {
    Reached reached;
    reached.linear = slots.find_linear(name);
    reached.weight = slots.find_parameter(name);
    if (reached.weight == nullptr) reached.weight = slots.find_parameter(name + ".weight");
    reached.bias = slots.find_parameter(name + ".bias");
    return reached;
}

class LoraSetter {
  public:
    LoraSetter(const LoraSlots& slots, const WeightedLora& lora, std::filesystem::path network)
        : slots_(slots),
          file_(*lora.file),
          strength_(lora.strength),
          network_(std::move(network)) {}

    // Every key has a place and fits it.
    void check() const {
        std::vector<std::string> unknown;
        std::size_t keys = 0;
        for (const auto& [name, layer] : file_.layers()) {
            keys += layer.keys.size();
            const Reached reached = reached_by(name, slots_);
            const bool is_low_rank = !layer.down.empty();
            if (!reached.any() || (is_low_rank && reached.linear == nullptr)) {
                unknown.insert(unknown.end(), layer.keys.begin(), layer.keys.end());
                continue;
            }
            check_shapes(layer, reached);
            check_finite(layer);
        }
        if (unknown.empty()) return;
        refuse(
            fmt::format("{} of its {} keys are of no layer of {}: {}; it was made for another "
                        "model",
                        unknown.size(),
                        keys,
                        network_.string(),
                        listed_keys(unknown)));
    }

    void set() const {
        if (strength_ == 0) return;
        for (const auto& [name, layer] : file_.layers()) {
            const Reached reached = reached_by(name, slots_);
            if (reached.linear != nullptr) {
                set_linear(layer, *reached.linear);
            } else {
                set_parameter(layer.matrix, reached.weight);
                set_parameter(layer.bias, reached.bias);
            }
        }
    }

  private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}", file_.label(), what));
    }

    void check_shapes(const LoraLayer& layer, const Reached& reached) const {
        if (reached.linear != nullptr) {
            const LinearSlot& slot = *reached.linear;
            check_rows(layer.down, {}, slot.in);
            check_rows(layer.up, slot.out, {});
            check_rows(layer.matrix, slot.out, slot.in);
            check_rows(layer.bias, slot.out, 1);
            check_rows(layer.up_bias, slot.out, 1);
            return;
        }
        check_parameter(layer.matrix, reached.weight);
        check_parameter(layer.bias, reached.bias);
    }

    // So many rows of so many elements, however the rest is divided into dimensions.
    void check_rows(const std::string& key,
                    std::optional<std::int64_t> rows,
                    std::optional<std::int64_t> columns) const {
        if (key.empty()) return;
        const StoredTensor& tensor = file_.stored().at(key);
        const std::int64_t found_rows = tensor.shape.empty() ? 1 : tensor.shape.front();
        const std::int64_t found_columns = tensor.elements() / found_rows;
        if (found_rows == rows.value_or(found_rows) &&
            found_columns == columns.value_or(found_columns)) {
            return;
        }
        refuse_shape(key,
                     fmt::format("{} x {}",
                                 rows ? fmt::to_string(*rows) : "rank",
                                 columns ? fmt::to_string(*columns) : "rank"));
    }

    void check_parameter(const std::string& key, const ParameterSlot* slot) const {
        if (key.empty()) return;
        if (slot == nullptr) {
            refuse(fmt::format("{}: {} has no such parameter", key, network_.string()));
        }
        const std::int64_t wanted = c10::multiply_integers(slot->shape);
        if (file_.stored().at(key).elements() == wanted) return;
        refuse_shape(key, fmt::format("[{}]", fmt::join(slot->shape, ", ")));
    }

    [[noreturn]] void refuse_shape(const std::string& key, const std::string& wanted) const {
        refuse(fmt::format("{}: [{}], but the layer of {} has {}; it was made for another model",
                           key,
                           fmt::join(file_.stored().at(key).shape, ", "),
                           network_.string(),
                           wanted));
    }

    // As it is stored, as rows.
    at::Tensor tensor(const std::string& key) const {
        const at::Tensor stored = tensor_view(file_.stored(), file_.stored().at(key));
        return stored.dim() > 1 ? stored.flatten(1) : stored;
    }

    void check_finite(const LoraLayer& layer) const {
        for (const std::string* key :
             {&layer.down, &layer.up, &layer.up_bias, &layer.matrix, &layer.bias}) {
            if (key->empty() || is_finite(tensor(*key))) continue;
            refuse(*key + ": holds an infinity or a NaN");
        }
    }

    // In float32 on the network's device, times a factor.
    at::Tensor scaled(const std::string& key, double factor) const {
        return tensor(key).to(slots_.device(), at::kFloat).mul(factor);
    }

    void set_linear(const LoraLayer& layer, LinearSlot& slot) const {
        const auto device = slots_.device();
        if (!layer.down.empty()) {
            slot.low_rank.push_back({tensor(layer.down).to(device, slot.type),
                                     scaled(layer.up, strength_ * layer.scale).to(slot.type)});
        }
        if (!layer.matrix.empty()) {
            slot.matrices.push_back({tensor(layer.matrix).to(device, slot.type), strength_});
        }
        add_bias(slot, layer.bias, strength_);
        add_bias(slot, layer.up_bias, strength_ * layer.scale);
    }

    void add_bias(LinearSlot& slot, const std::string& key, double factor) const {
        if (key.empty()) return;
        const at::Tensor bias = scaled(key, factor).to(slot.type).flatten();
        slot.bias = slot.bias.defined() ? slot.bias + bias : bias;
    }

    void set_parameter(const std::string& key, ParameterSlot* slot) const {
        if (key.empty()) return;
        NIGHTREEL_CHECK(slot != nullptr, "keys were checked");
        const at::Tensor difference = scaled(key, strength_).view(slot->shape);
        slot->difference = slot->difference.defined() ? slot->difference + difference : difference;
    }

    const LoraSlots& slots_;
    const LoraFile& file_;
    double strength_;
    std::filesystem::path network_;
};

}  // namespace

void set_loras(LoraSlots& slots,
               std::span<const WeightedLora> loras,
               const std::filesystem::path& network) {
    const c10::NoGradGuard no_grad;
    for (const WeightedLora& lora : loras) LoraSetter(slots, lora, network).check();
    slots.clear();
    for (const WeightedLora& lora : loras) LoraSetter(slots, lora, network).set();
}

}  // namespace nightreel
