#pragma once
// Frames of given clips as latents of a segment. Borrowed context; one thread.

#include <cstdint>
#include <vector>

#include "pipeline/sample/segment_request.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {

// As they look on a display, clamped to [0, 1].
std::vector<FrameRgb> read_frames(const FramePart& part, const TaskContext& context);

// 4 k frames as k latent frames from the middle of a stream: encoded after nine frames that hold
// the first of them, without which they would be taken for a beginning (an error of a third of the
// latents' own deviation; of a fifteenth with them).
LatentClip middle_latents(const std::vector<FrameRgb>& frames, Engine& engine);

// 4 k + 1 frames of any number as k + 1 latent frames of one stream. Encoded in pieces of 25
// frames, each after 13 of the frames before it, from which it differs by a thousandth:
// autoencoders are trained on short clips and get worse beyond.
LatentClip stream_latents(const std::vector<FrameRgb>& frames, Engine& engine);

// Context and start of the order into the request.
void read_clips(const SampleOrder& order,
                const TaskContext& context,
                Engine& engine,
                SegmentRequest& request);

}  // namespace nightreel
