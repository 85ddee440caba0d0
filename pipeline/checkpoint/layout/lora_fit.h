#pragma once
// Where the layers of a LoRA file go in a network, and whether they fit: told from the headers of
// both files. The one rule for `nightreel check` and for the engine, so that whatever the first
// accepts the second loads. Values; any thread.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/checkpoint/layout/lora_file.h"
#include "pipeline/checkpoint/layout/stored_part.h"

namespace nightreel {

// Something of a network that a LoRA can add to.
struct LoraPlace {
    enum class Kind { linear, parameter };

    Kind kind = Kind::linear;
    // Of a linear layer [out, in], however its weight is stored; of a parameter its own.
    std::vector<std::int64_t> shape;

    friend bool operator==(const LoraPlace&, const LoraPlace&) = default;
};

// By diffusers' names: "blocks.0.attn1.to_q" is a linear layer, "blocks.0.norm2.weight" and
// "blocks.0.scale_shift_table" are parameters.
using LoraPlaces = std::map<std::string, LoraPlace, std::less<>>;

LoraPlaces lora_places(const StoredPart& transformer);

// The places that one layer of a file reaches; its name may be that of a linear layer, of a norm,
// whose weight and bias are parameters, or of a parameter itself. An empty name: no such place.
struct LoraTargets {
    std::string linear;
    std::string weight;
    std::string bias;

    bool any() const { return !linear.empty() || !weight.empty() || !bias.empty(); }
};

LoraTargets lora_targets(const std::string& layer, const LoraPlaces& places);

// Every key is of a layer that the network has, fits it, and holds no infinity and no NaN:
// Error{bad_input} names the file and the keys that are not. Reads all of the file. `network` is
// named in errors. The exception are keys of the image branch of Wan 2.1's image-to-video models,
// with which LoRAs for text-to-video and Wan 2.2 are published: a network without that branch does
// without them, if other keys remain. Returns those keys.
std::vector<std::string> require_lora_fits(const LoraFile& lora,
                                           const LoraPlaces& places,
                                           const std::string& network);

}  // namespace nightreel
