#include "pipeline/sample/engine_loras.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/night/lora_digest.h"

namespace nightreel {
namespace {

double strength_in(const SegmentLora& lora, std::size_t expert) {
    return expert == 0 ? lora.high : lora.low;
}

}  // namespace

void EngineLoras::put(WanTransformer& transformer,
                      std::size_t expert,
                      std::span<const SegmentLora> loras) {
    std::vector<Placed> wanted;
    for (const SegmentLora& lora : loras) {
        const double strength = strength_in(lora, expert);
        if (strength != 0) wanted.push_back({lora.digest, strength});
    }
    if (wanted == in_place_) return;
    std::vector<WeightedLora> weighted;
    for (const SegmentLora& lora : loras) {
        const double strength = strength_in(lora, expert);
        if (strength != 0) weighted.push_back({file_of(lora), strength});
    }
    // Whatever is left after a fault, the next segment puts its own.
    in_place_ = {{Digest{}, 0}};
    transformer.set_loras(weighted);
    in_place_ = std::move(wanted);
}

std::int64_t EngineLoras::bytes(std::size_t expert,
                                std::span<const SegmentLora> loras,
                                std::int64_t item_bytes) {
    std::int64_t elements = 0;
    for (const SegmentLora& lora : loras) {
        if (strength_in(lora, expert) == 0) continue;
        for (const auto& [key, tensor] : file_of(lora)->stored().tensors()) {
            elements += tensor.elements();
        }
    }
    return elements * item_bytes;
}

const std::shared_ptr<const LoraFile>& EngineLoras::file_of(const SegmentLora& lora) {
    const auto known = std::ranges::find(files_, lora.digest, &Kept::digest);
    if (known != files_.end()) {
        files_.splice(files_.begin(), files_, known);
        return files_.front().file;
    }
    if (lora_digest(lora.path, pulse_) != lora.digest) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: the LoRA has changed since the night was planned: submit the night again",
                lora.path));
    }
    auto file = std::make_shared<const LoraFile>(lora.path);
    while (files_.size() >= lora_files_kept_max) files_.pop_back();
    files_.push_front({lora.digest, std::move(file)});
    return files_.front().file;
}

}  // namespace nightreel
