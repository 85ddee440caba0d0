#include <filesystem>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/transformer/transformer.h"
#include "pipeline/parity/parity_cases.h"

namespace nightreel {
namespace {

// [pictures, tokens, width] as they come; the two pictures of a clip lie one after the other.
at::Tensor pictures_of(const NamedTensors& inputs, const WanConfig& config) {
    const auto found = inputs.find("encoder_hidden_states_image");
    if (found == inputs.end()) return {};
    if (config.picture_positions == 0) return found->second;
    return found->second.reshape({-1, config.picture_positions, config.picture});
}

WanConditions conditions_of(const ParityCase& parity_case,
                            const NamedTensors& inputs,
                            const WanConfig& config) {
    WanConditions conditions;
    if (const auto control = inputs.find("control_hidden_states"); control != inputs.end()) {
        conditions.control_bcfhw = control->second;
    }
    if (const auto scale = inputs.find("control_hidden_states_scale"); scale != inputs.end()) {
        const at::Tensor scales = scale->second.to(at::kDouble).contiguous();
        conditions.control_scales.assign(scales.const_data_ptr<double>(),
                                         scales.const_data_ptr<double>() + scales.numel());
    }
    // The case's own configuration says how its attention is cut; its weights may be another
    // case's.
    const std::filesystem::path own = parity_case.config.contains("model")
                                          ? parity_case.path("model")
                                          : parity_case.folder / "transformer";
    if (std::filesystem::exists(own / "config.json")) {
        const nlohmann::json given = part_config_of(own);
        conditions.frames_per_block = given.value("num_frame_per_block", config.frames_per_block);
    }
    if (config.knows_rate) {
        // The reference takes the number of a learned row: 0 for 16 frames a second, 1 for others.
        const auto rows = parity_case.config.at("call").at("fps").get<std::vector<int>>();
        conditions.rate = rows.at(0) == 0 ? 16.0 : 24.0;
    }
    return conditions;
}

NamedTensors run_transformer(const ParityCase& parity_case, PrecisionPolicy policy) {
    const NamedTensors inputs = parity_case.inputs();
    const WanTransformer transformer(parity_case.weights_folder(), parity_case.device, policy);
    NamedTensors seen;
    const Watch watch = [&](const std::string& name, const at::Tensor& value) {
        seen[name] = value.clone();
    };

    const at::Tensor latents = input_of(parity_case, inputs, "hidden_states");
    const TextContext text =
        transformer.prepare_text(input_of(parity_case, inputs, "encoder_hidden_states"),
                                 pictures_of(inputs, transformer.config()),
                                 watch);
    seen["sample"] = transformer.forward(latents,
                                         input_of(parity_case, inputs, "timestep"),
                                         text,
                                         conditions_of(parity_case, inputs, transformer.config()),
                                         watch);

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
    const auto computed_in = parity_case.config.find("computed_in");
    if (computed_in != parity_case.config.end() && *computed_in == "bfloat16") {
        return {
            {"sample_bf16",
             run_transformer(parity_case, PrecisionPolicy::diffusers_exact).at("sample")},
            {"sample_fp32", run_transformer(parity_case, PrecisionPolicy::float32).at("sample")}};
    }
    return run_transformer(parity_case, PrecisionPolicy::float32);
}

}  // namespace nightreel
