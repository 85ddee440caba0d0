#include "pipeline/model/tensor/weights.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/coded_numbers.h"
#include "pipeline/model/tensor/safetensors.h"
#include "shotspec/base/error.h"

namespace nightreel {

at::Tensor Weights::take(const std::string& name, at::IntArrayRef shape) {
    const StoredPart::Place* place = part_.find(name);
    if (place == nullptr) {
        refuse(fmt::format(
            "{}: missing; the model requires it with shape [{}]", name, fmt::join(shape, ", ")));
    }
    const StoredTensor& stored = place->tensor;
    const auto complain = [&](const std::string& what) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {}", part_.label_of(name, *place), what));
    };
    if (shape != at::IntArrayRef(stored.shape)) {
        complain(fmt::format("shape [{}], but the configuration requires [{}]",
                             fmt::join(stored.shape, ", "),
                             fmt::join(shape, ", ")));
    }
    if (stored.type != ElementType::float32 && stored.type != ElementType::bfloat16 &&
        stored.type != ElementType::float16) {
        const std::string_view type = facts_of(stored.type).name;
        complain(is_coded(stored.type)
                     ? fmt::format("stored as {}, which is not computed with: convert the model "
                                   "with `nightreel models import MODEL --to DIR`",
                                   type)
                     : fmt::format("unsupported data type {}; expected F32, BF16 or F16", type));
    }
    taken_.insert(name);
    return tensor_view(part_.file_of(*place), stored);
}

std::optional<std::vector<std::int64_t>> Weights::shape_of(std::string_view name) const {
    const StoredPart::Place* place = part_.find(name);
    if (place == nullptr) return {};
    return place->tensor.shape;
}

void Weights::ignore(std::string_view word) {
    for (const auto& [name, place] : part_.places()) {
        if (name.find(word) != std::string::npos) taken_.insert(name);
    }
}

void Weights::refuse_untaken() const {
    for (const auto& [name, place] : part_.places()) {
        if (taken_.contains(name)) continue;
        throw Error(ErrorKind::bad_input, part_.label_of(name, place) + ": unexpected tensor");
    }
}

std::optional<std::string> Weights::first_not_finite() const {
    for (const auto& [name, place] : part_.places()) {
        const at::Tensor tensor = tensor_view(part_.file_of(place), place.tensor);
        if (!at::isfinite(tensor).all().item<bool>()) return name;
    }
    return {};
}

}  // namespace nightreel
