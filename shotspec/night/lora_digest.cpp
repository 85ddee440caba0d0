#include "shotspec/night/lora_digest.h"

#include <system_error>

#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/files.h"

namespace nightreel {

std::optional<std::string> adapter_config_beside(const std::filesystem::path& file) {
    if (file.filename() != adapter_weights_file) return {};
    const std::filesystem::path config = file.parent_path() / adapter_config_file;
    std::error_code error;
    if (!std::filesystem::is_regular_file(config, error)) return {};
    return read_file(config);
}

Digest lora_digest(const std::filesystem::path& file, const Pulse& pulse) {
    return lora_digest(file, digest_of_file(file, pulse));
}

Digest lora_digest(const std::filesystem::path& file, const Digest& weights) {
    const std::optional<std::string> config = adapter_config_beside(file);
    if (!config) return weights;
    return Hasher().field(weights.hex()).field(*config).finish();
}

}  // namespace nightreel
