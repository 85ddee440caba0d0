#pragma once
// The digest that names a LoRA: of its file, and of PEFT's settings where they lie beside it. Any
// thread. Source: peft utils/constants.py (names of the files).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "shotspec/base/digest.h"
#include "shotspec/base/pulse.h"

namespace nightreel {

inline constexpr std::string_view adapter_weights_file = "adapter_model.safetensors";
inline constexpr std::string_view adapter_config_file = "adapter_config.json";

// The text of the settings beside a file that is called as PEFT calls it; nothing for any other.
std::optional<std::string> adapter_config_beside(const std::filesystem::path& file);

// Throws Error{unavailable} when a file cannot be read.
Digest lora_digest(const std::filesystem::path& file, const Pulse& pulse = {});

// The same with the digest of the file itself, which is known.
Digest lora_digest(const std::filesystem::path& file, const Digest& weights);

}  // namespace nightreel
