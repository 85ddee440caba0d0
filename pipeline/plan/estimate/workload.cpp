#include "pipeline/plan/estimate/workload.h"

#include <algorithm>
#include <vector>

#include "pipeline/plan/strategy/window_plan.h"
#include "shotspec/card/forcing.h"
#include "shotspec/describe/fields.h"

namespace nightreel {
namespace {

double pixels_of_frame(const PictureSize& size) {
    return static_cast<double>(size.width) * size.height;
}

double network_calls_of(const SampleOrder& order) {
    const auto& forcing = order.sampling.forcing;
    const auto& round = order.window_round;
    if (round) return round->step_end - round->step_first;
    if (!forcing) return order.sampling.steps;
    const std::int32_t blocks = (order.latent_count - order.history) / forcing->block;
    return static_cast<double>(
        forcing_calls(order.sampling.steps, std::max(blocks, 1), forcing->lag));
}

// What the network sees in a step: the segment once, or each window of a take.
struct Shown {
    double windows = 1;
    double latent_frames = 0;
};

Shown shown_by(const SampleOrder& order) {
    if (!order.windows) return {.latent_frames = static_cast<double>(order.latent_count)};
    const std::vector<LatentWindow> windows = place_windows(order.latent_count, *order.windows);
    const auto& round = order.window_round;
    return {.windows = round ? 1 : static_cast<double>(windows.size()),
            .latent_frames = static_cast<double>(windows.front().count)};
}

Workload of_frames(const FrameRange& frames, const PictureSize& size) {
    const double pixels = pixels_of_frame(size);
    return {.amount = static_cast<double>(frames.count()) * pixels, .scale = pixels};
}

// Steps of the expert for high noise. Without a number of them the model itself decides, by a level
// that is not on its card: about half of them.
std::int32_t steps_of_first_expert(const SamplingSettings& sampling) {
    return sampling.switch_at_step.value_or((sampling.steps + 1) / 2);
}

}  // namespace

double share_of_guided_step(const SamplingSettings& sampling) {
    const std::int32_t first =
        sampling.guidance_low > 0 ? steps_of_first_expert(sampling) : sampling.steps;
    const auto& interval = sampling.guidance_interval;
    std::int32_t guided = 0;
    for (std::int32_t step = 0; step < sampling.steps; ++step) {
        const double scale = step < first ? sampling.guidance : sampling.guidance_low;
        if (scale > 1 && (!interval || interval->holds(step, sampling.steps))) ++guided;
    }
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
                const Shown shown = shown_by(sample);
                const double tokens = pixels_of_frame(sample.size) * shown.latent_frames;
                return {.amount = shown.windows * tokens * network_calls_of(sample) *
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
            [](const DailiesOrder&) -> Workload { return {.amount = 1}; },
            [](const RankOrder& rank) -> Workload {
                return {.amount = static_cast<double>(rank.takes.size())};
            },
            [](const RetimeOrder& retime) -> Workload {
                return {.amount = static_cast<double>(retime.frames.count())};
            },
            [](const HandOverOrder& hand_over) -> Workload {
                const double pixels = pixels_of_frame(hand_over.size);
                return {.amount = pixels * hand_over.latent_count, .scale = pixels};
            },
            [](const IngestOrder& ingest) {
                return of_frames(ingest.clip.frames, ingest.clip.size);
            },
            [](const AssembleOrder& assemble) -> Workload {
                return {.amount = static_cast<double>(assemble.frames.count())};
            }},
        order);
}

}  // namespace nightreel
