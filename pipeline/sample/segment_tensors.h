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

}  // namespace nightreel
