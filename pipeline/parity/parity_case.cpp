#include "pipeline/parity/parity_case.h"

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

NamedTensors ParityCase::inputs() const {
    return read_safetensors(folder / "inputs.safetensors");
}

std::filesystem::path ParityCase::path(const std::string& key) const {
    const auto found = config.find(key);
    if (found == config.end() || !found->is_string()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: {}: expected the name of a folder", (folder / "config.json").string(), key));
    }
    return (folder / found->get<std::string>()).lexically_normal();
}

std::filesystem::path ParityCase::weights_folder() const {
    return path(config.contains("weights") ? "weights" : "model");
}

at::Tensor input_of(const ParityCase& parity_case,
                    const NamedTensors& inputs,
                    const std::string& name) {
    const auto found = inputs.find(name);
    if (found == inputs.end()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: {}: missing", (parity_case.folder / "inputs.safetensors").string(), name));
    }
    return found->second.to(parity_case.device);
}

}  // namespace nightreel
