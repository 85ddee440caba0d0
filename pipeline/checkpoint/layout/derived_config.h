#pragma once
// The configuration of a network as diffusers or transformers would have written it, from the
// shapes of its tensors: original repositories have none for some networks and one in other words
// for the rest. What shapes cannot tell is what every published model of the family has, or what
// the original config.json says. Pure; any thread. Sources: the config.json files of the published
// diffusers checkpoints; Wan2.1 wan/configs/shared_config.py, wan/modules/{model,t5,clip}.py.

#include <optional>

#include <nlohmann/json.hpp>

#include "pipeline/checkpoint/layout/stored_part.h"

namespace nightreel {

// What the tensors belong to; nothing when no network here has such tensors.
std::optional<NetworkKind> network_kind_of(const StoredPart& part);

// `original` is the original config.json of the part, or null. Error{bad_input} names the tensor
// that is missing or has a shape that no network of the family has.
nlohmann::json derived_config(const StoredPart& part, const nlohmann::json& original = nullptr);

// An original config.json rather than one in diffusers' words.
bool is_original_config(const nlohmann::json& config);

}  // namespace nightreel
