#include "pipeline/sample/windows/kept_state.h"

#include <system_error>

#include "pipeline/model/tensor/safetensors.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

namespace fs = std::filesystem;

constexpr const char* class_key = "device_class";

std::optional<SamplingState> read_state(const fs::path& path,
                                        const std::string& device_class,
                                        Solver solver) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return {};
    try {
        const SafetensorsFile file(path);
        const auto made_by = file.metadata().find(class_key);
        if (made_by == file.metadata().end() || made_by->second != device_class) return {};
        NamedTensors tensors = file.tensors();
        // The file is replaced while they are in use.
        for (auto& [name, tensor] : tensors) tensor = tensor.clone();
        return sampling_state_of(tensors, solver);
    } catch (const Error&) {
        return {};
    }
}

}  // namespace

Resumption kept_in(const fs::path& file, const std::string& device_class, Solver solver) {
    return {.from = read_state(file, device_class, solver),
            .keep = [file, device_class](const SamplingState& state) {
                write_safetensors(file, tensors_of(state), {{class_key, device_class}});
            }};
}

}  // namespace nightreel
