#include "toybox/evaluate/clip_maker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pipeline/plan/noise_seed.h"
#include "pipeline/stitch/take_decoder.h"
#include "shotspec/base/check.h"
#include "toybox/evaluate/faults.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t noise_seed = 20;

}  // namespace

Frame developed(const FrameRgb& picture) {
    NIGHTREEL_CHECK(picture.width == frame_width && picture.height == frame_height,
                    "the bundled model makes frames of the toy world's size");
    Frame frame;
    for (std::size_t i = 0; i < frame.rgb.size(); ++i) {
        const float level = std::clamp(picture.rgb[i], 0.0F, 1.0F) * 255.0F;
        frame.rgb[i] = static_cast<std::uint8_t>(std::lround(level));
    }
    return frame;
}

// Clips are independent, so that one thread each is the quickest way through many of them.
ClipMaker::ClipMaker(const std::filesystem::path& model)
    : engine_({.model = model, .threads = 1}), without_prompt_(engine_.encode_prompt("")) {}

LatentClip ClipMaker::encode_sheet(const Frame& sheet) {
    return engine_.encode_picture(display_of(sheet));
}

LatentClip ClipMaker::sample(const ClipOrder& order) {
    SegmentRequest request{
        .noise_seed = derived_seed(noise_seed, order.name, 1),
        .frames = {order.first_latent, order.first_latent + order.latents},
        .size = engine_.latent_grid().size_of(frame_width, frame_height),
        .prompt = engine_.encode_prompt(order.caption),
        .negative = without_prompt_,
        .clean = {},
        .references = order.sheet.value_or(LatentClip{}),
        .sampling = order.sampling,
    };
    if (order.history.frames > 0) request.clean.push_back({0, order.history});
    return engine_.sample_segment(request);
}

Clip ClipMaker::decode(const LatentClip& latents) {
    Clip clip;
    TakeDecoder decoder(engine_);
    decoder.push(latents,
                 [&](std::int64_t, const FrameRgb& frame) { clip.push_back(developed(frame)); });
    return clip;
}

std::vector<FrameRgb> ClipMaker::decode_display(const LatentClip& latents) {
    std::vector<FrameRgb> frames;
    TakeDecoder decoder(engine_);
    decoder.push(latents, [&](std::int64_t, const FrameRgb& frame) { frames.push_back(frame); });
    return frames;
}

LatentClip ClipMaker::encode(std::span<const FrameRgb> pictures) {
    return engine_.encode_clip(pictures);
}

}  // namespace nightreel::toybox
