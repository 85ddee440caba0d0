#pragma once
// A transformer that has read its prompts and what else its clip hangs on, as the function that the
// sampler asks. One thread.

#include <ATen/core/Tensor.h>

#include "pipeline/model/transformer/transformer.h"
#include "pipeline/sample/conditioning.h"
#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

// `text` [n, rows, width] in the order of the batch that will be asked about; rows after a prompt's
// end are zeros. With and without the prompt, the conditions are the same. A batch of fewer clips
// is the beginning of that one. The transformer and the cache, which it is handed, outlive the
// function.
Velocity velocity_of(const WanTransformer& transformer,
                     const at::Tensor& text_nlt,
                     const Conditions& conditions = {},
                     StepCache* cache = nullptr);

}  // namespace nightreel
