#include "shotspec/card/legal_values.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "shotspec/card/long_takes.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

std::int64_t squared_distance(const PictureSize& a, const PictureSize& b) {
    const std::int64_t across = std::int64_t{a.width} - b.width;
    const std::int64_t down = std::int64_t{a.height} - b.height;
    // Differences of 32-bit sides can square beyond 64 bits; beyond this all are far away.
    constexpr std::int64_t far = 1'000'000'000;
    return std::min(std::abs(across), far) * std::min(std::abs(across), far) +
           std::min(std::abs(down), far) * std::min(std::abs(down), far);
}

std::int32_t nearest_multiple(std::int32_t side, std::int32_t step, std::int32_t most) {
    const std::int32_t steps_max = std::max(1, most / step);
    const std::int64_t steps = (std::int64_t{side} + step / 2) / step;
    return step * static_cast<std::int32_t>(std::clamp<std::int64_t>(steps, 1, steps_max));
}

// Frames that so many seconds have, as a fraction over frames_scale(rate).
std::int64_t scaled_frames(std::int64_t micros, const FrameRate& rate) {
    return micros * rate.numerator;
}

std::int64_t frames_scale(const FrameRate& rate) {
    return std::int64_t{rate.denominator} * 1'000'000;
}

std::string frames_text(std::int64_t frames, const FrameRate& rate) {
    return fmt::format("{}f ({:.6g}s)", frames, static_cast<double>(frames) / rate.per_second());
}

}  // namespace

PictureSize nearest_size(const PictureSize& size, const ModelCard& card) {
    if (card.sizes.empty() || card.other_sizes) {
        return {nearest_multiple(size.width, card.size_multiple, card.size_max),
                nearest_multiple(size.height, card.size_multiple, card.size_max)};
    }
    return *std::min_element(
        card.sizes.begin(), card.sizes.end(), [&](const PictureSize& a, const PictureSize& b) {
            return squared_distance(a, size) < squared_distance(b, size);
        });
}

std::string size_warning(const PictureSize& size, const ModelCard& card) {
    if (card.sizes.empty()) return {};
    const auto pixels = [](const PictureSize& one) {
        return std::int64_t{one.width} * std::int64_t{one.height};
    };
    const auto [least, most] = std::ranges::minmax_element(card.sizes, {}, pixels);
    const bool is_smaller = pixels(size) < pixels(*least);
    if (!is_smaller && pixels(size) <= pixels(*most)) return {};
    return fmt::format(
        "{} has {} pixels than the sizes that {} was trained on, {} to {}; pictures "
        "may be worse",
        TextForm<PictureSize>::write(size),
        is_smaller ? "fewer" : "more",
        card.name,
        TextForm<PictureSize>::write(*least),
        TextForm<PictureSize>::write(*most));
}

double shift_at(const PictureSize& size, const ModelCard& card, double otherwise) {
    const auto found = std::ranges::find(card.shift_by_size, size, &SizeShift::size);
    return found == card.shift_by_size.end() ? otherwise : found->shift;
}

bool is_same_rate(const FrameRate& a, const FrameRate& b) {
    return std::int64_t{a.numerator} * b.denominator == std::int64_t{b.numerator} * a.denominator;
}

WholeFrames whole_frames(const Length& length, const FrameRate& rate) {
    if (length.amount < 1) return {0, "must be at least one frame"};
    if (length.unit == LengthUnit::frames) return {length.amount, {}};
    const std::int64_t scaled = scaled_frames(length.amount, rate);
    const std::int64_t scale = frames_scale(rate);
    const std::int64_t below = scaled / scale;
    if (scaled % scale == 0) return {below, {}};
    std::string nearest = frames_text(below + 1, rate);
    if (below > 0) nearest = frames_text(below, rate) + " and " + nearest;
    return {below,
            fmt::format("{} is {:.6g} frames at {} a second; the nearest whole lengths are {}",
                        TextForm<Length>::write(length),
                        static_cast<double>(scaled) / static_cast<double>(scale),
                        TextForm<FrameRate>::write(rate),
                        nearest)};
}

LatentCount segment_latents(const Length& length, const FrameRate& rate, const ModelCard& card) {
    const WholeFrames frames = whole_frames(length, rate);
    if (!frames.problem.empty()) return {0, frames.problem};
    const std::int64_t stride = card.latents.frames_per_latent;
    const std::int64_t nearest = std::clamp<std::int64_t>(
        (frames.count - 1) / stride + ((frames.count - 1) % stride * 2 >= stride) + 1,
        card.window.latent_frames_min,
        card.window.latent_frames_max);
    const auto latents = static_cast<std::int32_t>(nearest);
    if (frames_of_segment(latents, card) == frames.count) return {latents, {}};
    return {
        latents,
        fmt::format("{} supports segments of {} to {} frames in steps of {}; the nearest is {}f",
                    card.name,
                    frames_of_segment(card.window.latent_frames_min, card),
                    frames_of_segment(card.window.latent_frames_max, card),
                    stride,
                    frames_of_segment(latents, card))};
}

std::int64_t frames_of_segment(std::int32_t latents, const ModelCard& card) {
    return 1 + std::int64_t{latents - 1} * card.latents.frames_per_latent;
}

LatentCount overlap_latents(const Length& length,
                            const FrameRate& rate,
                            const ModelCard& card,
                            Continuation how) {
    if (length.amount == 0) return {0, {}};
    const WholeFrames frames = whole_frames(length, rate);
    if (!frames.problem.empty()) return {0, frames.problem};
    if (how == Continuation::picture) {
        if (frames.count == 1) return {1, {}};
        return {1, fmt::format("{} continues from one picture, so the overlap is 1f", card.name)};
    }
    const std::int64_t stride = card.latents.frames_per_latent;
    const std::int64_t most = card.window.latent_frames_max - 1;
    const std::int64_t ahead = how == Continuation::frames ? stride - 1 : 0;
    const std::int64_t scaled = std::min(frames.count, most * stride) + ahead;
    const std::int64_t nearest = std::clamp<std::int64_t>(
        scaled / stride + (scaled % stride * 2 >= stride), ahead > 0 ? 1 : 0, most);
    const auto latents = static_cast<std::int32_t>(nearest);
    const std::int64_t least_frames = ahead > 0 ? 1 : 0;
    if (overlap_frames(latents, card, how) == frames.count) return {latents, {}};
    return {
        latents,
        fmt::format("{} supports overlaps of {} to {} frames in steps of {}; the nearest is {}f",
                    card.name,
                    least_frames,
                    overlap_frames(static_cast<std::int32_t>(most), card, how),
                    stride,
                    overlap_frames(latents, card, how))};
}

std::int64_t frames_of_overlap(std::int32_t latents, const ModelCard& card) {
    return std::int64_t{latents} * card.latents.frames_per_latent;
}

std::vector<std::string> lag_problems(const SamplingSettings& sampling) {
    std::vector<std::string> problems;
    if (!sampling.forcing || sampling.forcing->lag == 0) return problems;
    const auto add = [&](const char* what, const char* remedy) {
        problems.push_back(
            fmt::format("forcing.lag is {}, so blocks of frames have no common steps that {} could "
                        "skip; set {} or forcing: {{ lag: 0 }}",
                        sampling.forcing->lag,
                        what,
                        remedy));
    };
    if (sampling.step_cache > 0) add("step_cache", "step_cache: 0");
    if (sampling.guidance_until < 1) add("guidance_until", "guidance_until: 1");
    if (sampling.guidance_interval) {
        add("guidance_interval", "no guidance_interval");
    }
    return problems;
}

std::string interval_problem(const SamplingSettings& sampling) {
    const auto& interval = sampling.guidance_interval;
    if (!interval || interval->first(sampling.steps) < interval->end(sampling.steps)) return {};
    return fmt::format(
        "none of the {2} steps lies between {0} and {1}; widen the interval, or set guidance: 1 to "
        "disable guidance",
        interval->start,
        interval->stop,
        sampling.steps);
}

}  // namespace nightreel
