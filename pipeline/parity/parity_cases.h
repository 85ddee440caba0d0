#pragma once
// Which function computes which kind of case.

#include <span>

#include "pipeline/parity/parity_case.h"

namespace nightreel {

NamedTensors compute_image_case(const ParityCase& parity_case);
NamedTensors compute_layout_case(const ParityCase& parity_case);
NamedTensors compute_lora_case(const ParityCase& parity_case);
NamedTensors compute_pipeline_case(const ParityCase& parity_case);
NamedTensors compute_recipe_case(const ParityCase& parity_case);
NamedTensors compute_sampler_case(const ParityCase& parity_case);
NamedTensors compute_text_case(const ParityCase& parity_case);
NamedTensors compute_transformer_case(const ParityCase& parity_case);
NamedTensors compute_vae_case(const ParityCase& parity_case);

std::span<const ParityKind> parity_kinds();

}  // namespace nightreel
