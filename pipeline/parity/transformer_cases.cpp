#include <string>

#include <ATen/ATen.h>

#include "pipeline/model/wan_transformer.h"
#include "pipeline/parity/parity_cases.h"

namespace nightreel {
namespace {

NamedTensors run_transformer(const ParityCase& parity_case, PrecisionPolicy policy) {
    const NamedTensors inputs = parity_case.inputs();
    const WanTransformer transformer(parity_case.weights_folder(), at::Device(at::kCPU), policy);
    NamedTensors seen;
    const Watch watch = [&](const std::string& name, const at::Tensor& value) {
        seen[name] = value.clone();
    };

    const at::Tensor latents = input_of(parity_case, inputs, "hidden_states");
    const TextContext text =
        transformer.prepare_text(input_of(parity_case, inputs, "encoder_hidden_states"), watch);
    seen["sample"] =
        transformer.forward(latents, input_of(parity_case, inputs, "timestep"), text, watch);

    const WanConfig& config = transformer.config();
    const TokenGrid grid{latents.size(2) / config.patch[0],
                         latents.size(3) / config.patch[1],
                         latents.size(4) / config.patch[2]};
    const auto as_reference = [&](const at::Tensor& table) {
        return table.repeat_interleave(2, 1).unsqueeze(0).unsqueeze(2);
    };
    const at::Tensor rotations = rotations_of(grid, config.head_size);
    seen["rope.cos"] = as_reference(at::real(rotations));
    seen["rope.sin"] = as_reference(at::imag(rotations));
    return seen;
}

}  // namespace

NamedTensors compute_transformer_case(const ParityCase& parity_case) {
    if (parity_case.config.value("computed_in", "float32") == "bfloat16") {
        return {
            {"sample_bf16",
             run_transformer(parity_case, PrecisionPolicy::bfloat16_diffusers).at("sample")},
            {"sample_fp32", run_transformer(parity_case, PrecisionPolicy::float32).at("sample")}};
    }
    return run_transformer(parity_case, PrecisionPolicy::float32);
}

}  // namespace nightreel
