#pragma once
// The names that networks' tensors have in the original repositories, and what diffusers and
// transformers call them. Which of them a file has is told from the names themselves. Pure; any
// thread.
// Sources: Wan2.1 wan/modules/{model,vace_model,vae,t5,clip}.py, Wan2.2 wan/modules/vae2_2.py,
// llama.cpp gguf-py/gguf/tensor_mapping.py (T5ENCODER),
// SkyReels-V2 skyreels_v2_infer/modules/transformer.py, and diffusers' converters for them
// (scripts/convert_wan_to_diffusers.py, convert_skyreelsv2_to_diffusers.py).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/checkpoint/format/stored_tensor.h"
#include "pipeline/checkpoint/layout/network_kinds.h"

namespace nightreel {

enum class NameScheme {
    diffusers,  // or transformers: the names that the engine uses
    original_transformer,
    original_vae,
    original_text_encoder,
    gguf_text_encoder,  // llama.cpp's names
    original_image_encoder
};

// What diffusers calls a module or a parameter of the transformer, given either its original name
// or diffusers'; a name that is not known stays as it is.
std::string transformer_name(std::string_view name);

// The same for names whose dots were made underscores ("blocks_0_self_attn_q"), which only a known
// name can be told from.
std::optional<std::string> transformer_name_of_underscored(std::string_view name);

// Where to find one tensor of the network in what is stored.
struct RenamedTensor {
    std::string name;  // as diffusers has it
    StoredTensor tensor;
};

// How the names of one network's tensors are made from the stored ones.
class NameMap {
  public:
    // Looks at all tensors of the network, of every shard. `network`: what networks_in says of
    // them; nothing where they are of no kind that it knows.
    explicit NameMap(const StoredTensors& tensors, const std::optional<NetworkFound>& network = {});

    NameScheme scheme() const { return scheme_; }

    // None for a tensor that no network here uses (is_never_used), several for one that holds
    // several (the fused query, key and value of the image encoder). A name that is not known stays
    // as it is, so that whoever takes the tensors complains of it.
    std::vector<RenamedTensor> renamed(const std::string& name, const StoredTensor& tensor) const;

  private:
    std::string vae_name(std::string_view name) const;

    std::string without_prefix(const std::string& name) const;
    std::vector<RenamedTensor> renamed_of_text_encoder(const std::string& bare,
                                                       const StoredTensor& tensor) const;

    std::optional<NetworkKind> kind_;
    std::string prefix_;  // in front of the names: "model.diffusion_model."
    NameScheme scheme_ = NameScheme::diffusers;
    bool has_shared_table_ = false;         // the text encoder's table under its first name
    bool vae_in_stages_ = false;            // VAE 2.2: blocks are numbered within a stage
    std::int64_t vae_blocks_of_stage_ = 0;  // VAE 2.1's decoder: residual blocks and the resampler
};

}  // namespace nightreel
