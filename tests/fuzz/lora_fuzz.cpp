// Any bytes as a LoRA file. Laws: refused with an Error, or every key is of exactly one layer, the
// matrices of a layer fit each other, and what scales them is a number.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "pipeline/checkpoint/format/safetensors_header.h"
#include "pipeline/checkpoint/layout/lora_file.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace {

void check_layer(const nightreel::LoraLayer& layer, const nightreel::StoredTensors& tensors) {
    std::size_t named = 0;
    for (const std::string* key :
         {&layer.down, &layer.up, &layer.up_bias, &layer.matrix, &layer.bias}) {
        if (key->empty()) continue;
        ++named;
        const auto is_this = [&](const std::string& other) { return other == *key; };
        NIGHTREEL_CHECK(std::ranges::count_if(layer.keys, is_this) == 1, "a key stands once");
        NIGHTREEL_CHECK(tensors.at(*key).elements() > 0, "what is added has elements");
    }
    NIGHTREEL_CHECK(named > 0, "a layer is given something");
    NIGHTREEL_CHECK(layer.keys.size() - named <= 1, "beside its tensors it has an alpha at most");
    NIGHTREEL_CHECK(std::isfinite(layer.scale), "a scale is a number");
    NIGHTREEL_CHECK(layer.down.empty() == layer.up.empty(), "matrices come in pairs");
    if (layer.down.empty()) return;
    NIGHTREEL_CHECK(tensors.at(layer.down).shape[0] == tensors.at(layer.up).shape[1],
                    "matrices of a pair have one rank");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    try {
        const auto header = nightreel::read_safetensors_header(bytes, "a file");
        const auto layers =
            nightreel::read_lora_layers(bytes, header.tensors, header.metadata, "a file");
        std::size_t keys = 0;
        for (const auto& [name, layer] : layers) {
            NIGHTREEL_CHECK(!name.empty(), "a layer has a name");
            check_layer(layer, header.tensors);
            keys += layer.keys.size();
        }
        NIGHTREEL_CHECK(keys == header.tensors.size(), "no key is passed over");
    } catch (const nightreel::Error& error) {
        if (error.kind() == nightreel::ErrorKind::internal) throw;
    }
    return 0;
}
