#include "pipeline/plan/estimate/workload.h"

#include <algorithm>

#include "shotspec/card/forcing.h"
#include "shotspec/describe/fields.h"

namespace nightreel {
namespace {

double pixels_of_frame(const PictureSize& size) {
    return static_cast<double>(size.width) * size.height;
}

double network_calls_of(const SampleOrder& order) {
    const auto& forcing = order.sampling.forcing;
    if (!forcing) return order.sampling.steps;
    const std::int32_t blocks = (order.latent_count - order.history) / forcing->block;
    return static_cast<double>(
        forcing_calls(order.sampling.steps, std::max(blocks, 1), forcing->lag));
}

Workload of_frames(const FrameRange& frames, const PictureSize& size) {
    const double pixels = pixels_of_frame(size);
    return {.amount = static_cast<double>(frames.count()) * pixels, .scale = pixels};
}

}  // namespace

double share_of_guided_step(const SamplingSettings& sampling) {
    if (sampling.guidance <= 1) return 0.5;
    const auto& interval = sampling.guidance_interval;
    if (!interval) return 1;
    const std::int32_t guided = interval->end(sampling.steps) - interval->first(sampling.steps);
    return 0.5 + 0.5 * guided / sampling.steps;
}

Workload workload_of(const TaskOrder& order) {
    return std::visit(
        Overloaded{
            [](const EncodeOrder& encode) -> Workload {
                const auto texts = static_cast<double>(encode.prompts.size() + 1);
                const auto pictures =
                    static_cast<double>(encode.references.size() + encode.keys.size());
                return {.amount = texts + pictures, .scale = pixels_of_frame(encode.size)};
            },
            [](const SampleOrder& sample) -> Workload {
                const double tokens = pixels_of_frame(sample.size) * sample.latent_count;
                return {.amount = tokens * network_calls_of(sample) *
                                  share_of_guided_step(sample.sampling),
                        .scale = tokens};
            },
            [](const DecodeOrder& decode) { return of_frames(decode.frames, decode.size); },
            [](const MeasureOrder& measure) -> Workload {
                return {.amount = static_cast<double>(measure.frames.count())};
            },
            [](const ProxyOrder& proxy) { return of_frames(proxy.take.frames, proxy.take.size); },
            [](const PublishOrder& publish) {
                return of_frames(publish.take.frames, publish.take.size);
            },
            [](const DailiesOrder&) -> Workload { return {.amount = 1}; }},
        order);
}

}  // namespace nightreel
