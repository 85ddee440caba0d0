#pragma once
// What a LoRA file adds to which layers of a transformer, by diffusers' names, whatever its keys
// are called: "transformer.blocks.0.attn1.to_q.lora_A.weight" (diffusers, PEFT),
// "diffusion_model.blocks.0.self_attn.q.lora_down.weight" (original names, with or without the
// prefix), "lora_unet_blocks_0_self_attn_q.lora_down.weight" (kohya, musubi), the last also with
// dots left in it; behind the prefixes of wrappers ("module.", "pipe.dit."), with the adapter's
// name in the key ("lora_A.ink.weight"). PEFT's own file has its alpha in adapter_config.json
// beside it. A key that says nothing here is an error that lists it, never passed over, but for
// those of text encoders, which callers tell, and what is left behind by 8-bit training. Headers
// are read, of the data only the alphas. Values; any thread. Sources: diffusers
// loaders/lora_conversion_utils.py; peft tuners/lora/layer.py; lightx2v
// models/networks/wan/lora_adapter.py (diff, diff_b, diff_m).

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/checkpoint/format/tensor_file.h"

namespace nightreel {

// How many keys an error lists before it counts the rest.
inline constexpr std::size_t keys_listed_max = 4;

// What is added to one layer, or to a parameter that is called like a layer (a norm, a modulation).
// Tensors are named by their keys in the file; an empty name: there is none.
struct LoraLayer {
    std::string down;               // [rank, in...]
    std::string up;                 // [out, rank, 1...]
    std::string up_bias;            // [out], times scale and strength
    double scale = 1;               // alpha / rank
    std::string matrix;             // a difference of the weight, times the strength
    std::string bias;               // a difference of the bias, times the strength
    std::vector<std::string> keys;  // all that are of this layer
};

using LoraLayers = std::map<std::string, LoraLayer, std::less<>>;

// `file` holds the data of `tensors`; `label` stands in front of every fault, which is
// Error{bad_input}. `adapter_config` is the text of PEFT's file, where there is one.
LoraLayers read_lora_layers(std::span<const std::byte> file,
                            const StoredTensors& tensors,
                            const TextMetadata& metadata,
                            const std::string& label,
                            const std::optional<std::string>& adapter_config = {});

// Keys of a file that belong to a text encoder: LoRAs are applied to transformers alone.
std::vector<std::string> text_encoder_keys(const StoredTensors& tensors);

class LoraFile {
  public:
    explicit LoraFile(const std::filesystem::path& file);

    const TensorFile& stored() const { return stored_; }

    const LoraLayers& layers() const { return layers_; }

    const std::vector<std::string>& text_encoder_keys() const { return text_encoder_keys_; }

    std::string label() const { return stored_.file().string(); }

  private:
    TensorFile stored_;
    LoraLayers layers_;
    std::vector<std::string> text_encoder_keys_;
};

// "a, b, c and 5 more"
std::string listed_keys(const std::vector<std::string>& keys);

}  // namespace nightreel
