#include "toybox/evaluate/clip_maker.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pipeline/plan/noise_seed.h"
#include "pipeline/stitch/take_decoder.h"
#include "shotspec/base/check.h"

namespace nightreel::toybox {
namespace {

SamplingSettings recipe_sampling(std::int32_t steps) {
    return {.solver = Solver::euler,
            .schedule = Schedule::uniform,
            .steps = steps,
            .guidance = 4,
            .shift = 3};
}

constexpr std::uint64_t noise_seed = 20;

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

}  // namespace

// Clips are independent, so that one thread each is the quickest way through many of them.
ClipMaker::ClipMaker(const std::filesystem::path& model)
    : engine_({.model = model, .threads = 1}), without_prompt_(engine_.encode_prompt("")) {}

LatentClip ClipMaker::encode_sheet(const Frame& sheet) {
    FrameRgb picture{frame_width, frame_height, {}};
    picture.rgb.reserve(sheet.rgb.size());
    for (const std::uint8_t level : sheet.rgb) {
        picture.rgb.push_back(static_cast<float>(level) / 255.0F);
    }
    return engine_.encode_picture(picture);
}

LatentClip ClipMaker::sample(const ClipOrder& order) {
    SegmentRequest request{
        .noise_seed = derived_seed(noise_seed, order.name, 1),
        .frames = {order.first_latent, order.first_latent + window_latents},
        .size = engine_.latent_grid().size_of(frame_width, frame_height),
        .prompt = engine_.encode_prompt(order.caption),
        .negative = without_prompt_,
        .clean = {},
        .references = order.sheet.value_or(LatentClip{}),
        .sampling = recipe_sampling(order.steps),
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

}  // namespace nightreel::toybox
