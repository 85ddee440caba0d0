#pragma once
// One parity case: a folder with a model, inputs, and what a reference implementation computed from
// them. Values; any thread.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "pipeline/model/tensor/safetensors.h"

namespace nightreel {

struct ParityCase {
    std::filesystem::path folder;
    std::string name;                          // "transformer/t2v_small_heads"
    std::string kind;                          // "transformer"
    nlohmann::json config;                     // what was called, with which arguments
    at::Device device = at::Device(at::kCPU);  // what computes it

    NamedTensors inputs() const;
    std::filesystem::path path(const std::string& key) const;  // of a folder that the config names
    // Where the weights lie: some cases use those of another.
    std::filesystem::path weights_folder() const;
};

// Everything that this engine computes for a case, by the names that the reference's values have.
using ComputeParityCase = NamedTensors (*)(const ParityCase&);

struct ParityKind {
    std::string_view kind;
    ComputeParityCase compute;
};

// A tensor by name on the case's device, or Error{bad_input} that names the case.
at::Tensor input_of(const ParityCase& parity_case,
                    const NamedTensors& inputs,
                    const std::string& name);

}  // namespace nightreel
