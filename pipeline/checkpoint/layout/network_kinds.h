#pragma once
// Which networks a file of tensors holds, told from names and shapes, whatever the file is called.
// Pure; any thread.
// Sources: the names in original_names.h; what else people's files hold, from ComfyUI
// comfy/model_detection.py and the key lists of the published conversions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

// A control module is the part of a VACE transformer that its text-to-video base lacks.
enum class NetworkKind { transformer, control_module, vae, text_encoder, image_encoder };

// "transformer", "vae": the name of the part in diffusers' layout.
std::string_view part_name_of(NetworkKind kind);

struct NetworkFound {
    NetworkKind kind = NetworkKind::transformer;
    std::string prefix;  // what stands before the names of the network: "model.diffusion_model."
};

// All that are of a kind which is read here; other networks (adapters, autoencoders of pictures,
// encoders of other models) are none.
std::vector<NetworkFound> networks_in(const StoredTensors& tensors);

// The model that a transformer belongs to, where it is one that no engine here runs:
// "Wan2.2-Animate (it has face_adapter tensors)". Nothing for all others.
std::optional<std::string> foreign_model_of(const StoredTensors& tensors);

// What lies beside weights and is none of them: the tokenizer in a text encoder's file, markers of
// quantisation, the other half of a network of two halves. `bare` is without the prefix.
bool is_never_used(NetworkKind kind, std::string_view bare);

// The SentencePiece model that ComfyUI's text encoder files hold; null where there is none.
const StoredTensor* tokenizer_in(const StoredTensors& tensors);

}  // namespace nightreel
