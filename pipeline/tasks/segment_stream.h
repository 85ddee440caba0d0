#pragma once
// The frames of a segment that is a decoder stream of its own and begins with frames of the segment
// before. Those are left out; the autoencoder's own shift, by which its version of them differs
// from what was given, is taken from all frames after them. One thread.

#include <cstdint>
#include <functional>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/sample/latent_clip.h"
#include "pipeline/stitch/take_decoder.h"

namespace nightreel {

struct SegmentFrame {
    std::int64_t index = 0;  // of the stream, the frames that are left out included
    FrameRgb display;
};

// Gives the frames after the `shared` first ones, one after the other, until `take_frame` returns
// false; holds as many as were given, and one more latent frame's. `given` are the shared frames,
// or none where the stream's own colours are kept.
void decode_segment(TakeDecoder& decoder,
                    const LatentClip& latents,
                    std::int64_t shared,
                    const std::vector<FrameRgb>& given,
                    const std::function<bool(const SegmentFrame& frame)>& take_frame);

}  // namespace nightreel
