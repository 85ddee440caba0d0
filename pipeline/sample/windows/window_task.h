#pragma once
// One task of a take whose windows are tasks of their own (window_exchange.h). One thread.

#include <vector>

#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/sample/engine_parts.h"
#include "pipeline/sample/segment_request.h"

namespace nightreel {

// The window's state after its steps. The request is that of the take, and was checked.
// Error{bad_input} for steps that are not there, Error{corrupt} for states that do not fit.
NamedTensors advance_window(const SegmentRequest& request,
                            const WindowTask& task,
                            EngineParts& parts,
                            const StepDone& step_done);

// The take of all windows after their last step.
LatentClip join_windows(const SegmentRequest& request,
                        const std::vector<WindowFile>& states,
                        const ModelInputs& inputs);

}  // namespace nightreel
