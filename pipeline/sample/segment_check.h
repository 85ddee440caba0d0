#pragma once
// Whether a model can do what is asked of it for a segment. Pure.

#include "pipeline/sample/engine.h"
#include "pipeline/sample/model_inputs.h"
#include "pipeline/sample/segment_request.h"

namespace nightreel {

// Error{bad_input} that says what does not fit, before any work.
void check_request(const SegmentRequest& request,
                   const ModelInputs& inputs,
                   const LatentGrid& grid);

}  // namespace nightreel
