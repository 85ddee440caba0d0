#pragma once
// LoRA files put into the slots of a network. What the slots held before goes; the base is neither
// copied nor loaded again. Not while a forward pass runs; one thread.

#include <filesystem>
#include <memory>
#include <span>

#include "pipeline/checkpoint/layout/lora_file.h"
#include "pipeline/checkpoint/layout/lora_fit.h"
#include "pipeline/model/tensor/lora_slots.h"

namespace nightreel {

struct WeightedLora {
    std::shared_ptr<const LoraFile> file;  // shared with whoever keeps it for the next time
    double strength = 1;
};

// Files must fit the network's places (require_lora_fits); the slots stay as they were when one
// does not. `places` are those of the weights that the network with these slots was loaded from;
// `network` is named in errors. With strength 0 a file is checked and adds nothing: the bytes are
// those without it.
void set_loras(LoraSlots& slots,
               std::span<const WeightedLora> loras,
               const LoraPlaces& places,
               const std::filesystem::path& network);

}  // namespace nightreel
