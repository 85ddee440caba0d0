#pragma once
// Weights in few bits and what stands beside them: scales, markers, hints for other programs. Pure;
// any thread.
// Sources: ComfyUI QUANTIZATION.md, comfy/ops.py and comfy/utils.py (scale_weight, scaled_fp8;
// since 2025-11 weight_scale, comfy_quant and _quantization_metadata); LightX2V tools/convert (a
// scale for each row); NVIDIA ModelOpt (weight_scale, input_scale).

#include <map>
#include <string>
#include <vector>

#include "pipeline/checkpoint/layout/stored_part.h"

namespace nightreel {

// Gives each weight in float8 its scale, and takes out of `places` what is no tensor of the
// network: its number is w = q * scale, one scale for the tensor or for each row. A scale that
// other programs apply to what goes into a layer decides nothing here.
// Error{bad_input} names the format where it is another one, and what to take instead; a scale that
// is empty, of another shape, or missing in a file whose other layers have one.
void attach_scales(const StoredPart& part,
                   std::map<std::string, StoredPart::Place, std::less<>>& places);

}  // namespace nightreel
