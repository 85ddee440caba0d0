#include "pipeline/tasks/segment_stream.h"

#include <utility>

#include "pipeline/picture/colour/colour_fit.h"

namespace nightreel {

void decode_segment(TakeDecoder& decoder,
                    const LatentClip& latents,
                    std::int64_t shared,
                    const std::vector<FrameRgb>& given,
                    const std::function<bool(const SegmentFrame& frame)>& take_frame) {
    std::vector<FrameRgb> seen;  // this stream's version of what was given
    ColourFit fit;
    bool goes_on = true;
    const auto take = [&](std::int64_t index, const FrameRgb& display) {
        if (!goes_on) return;
        if (given.empty() && index < shared) return;
        if (seen.size() < given.size()) {
            seen.push_back(display);
            if (seen.size() == given.size()) fit = fit_colours(seen, given);
            return;
        }
        goes_on = take_frame({index, with_colours(display, fit)});
    };
    for (std::int32_t latent = 0; latent < latents.frames && goes_on; ++latent) {
        decoder.push(slice(latents, latent, 1), take);
    }
}

}  // namespace nightreel
