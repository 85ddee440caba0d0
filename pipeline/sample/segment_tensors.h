#pragma once
// A segment's request as tensors: what sampling starts from, and what the network hangs on. One
// thread.

#include <cstdint>

#include "pipeline/sample/conditioning.h"
#include "pipeline/sample/engine_parts.h"
#include "pipeline/sample/segment_request.h"
#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

struct PreparedSegment {
    SegmentTensors tensors;
    Conditions conditions;
    // Leading latent frames that are sampled for references in control channels, and dropped.
    std::int64_t dropped = 0;
};

// Latent frames that the network is shown at once: the segment's, or those of a window.
std::int64_t shown_latents(const SegmentRequest& request);

// Encodes given pictures with the model's autoencoder. The request, which was checked, must outlive
// what is returned.
PreparedSegment prepare_segment(const SegmentRequest& request, EngineParts& parts);

// Puts latents that were mixed with the segment's noise in its place, and leaves out of the grid
// what lies above the level they were mixed at: the first at or below the one that is asked for. An
// x0 = z and noise e make (1 - sigma) z + sigma e (SDEdit, Meng et al. 2021, for a flow).
void start_from(const StartLatents& start, SamplingPlan& plan, SegmentTensors& tensors);

}  // namespace nightreel
