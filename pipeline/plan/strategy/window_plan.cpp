#include "pipeline/plan/strategy/window_plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/random.h"

namespace nightreel {
namespace {

constexpr std::int32_t anchor_frames = 1;
constexpr std::uint32_t reorder_draws = 0x46524e4f;  // a counter that no latent frame's noise has

// New latent frames of a window after the first.
std::int32_t step_of(const WindowSettings& settings) {
    const std::int32_t step = settings.latent_count - anchor_frames - settings.overlap;
    if (settings.overlap >= 1 && step >= 1) return step;
    throw Error(ErrorKind::bad_input,
                fmt::format("windows of {} latent frames with an overlap of {}: an overlap must be "
                            "at least 1 and leave room for an anchor and a new latent frame",
                            settings.latent_count,
                            settings.overlap));
}

float rise(std::int64_t index, std::int64_t overlap) {
    return static_cast<float>(index + 1) / static_cast<float>(overlap + 1);
}

void set_weights(std::vector<LatentWindow>& windows) {
    for (std::size_t index = 0; index < windows.size(); ++index) {
        LatentWindow& window = windows[index];
        window.weights.assign(static_cast<std::size_t>(window.count), 1.0F);
        for (std::int32_t i = 0; i < window.anchor; ++i) {
            window.weights[static_cast<std::size_t>(i)] = 0;
        }
        const auto lower = [&](std::int64_t frame, float weight) {
            float& held = window.weights[static_cast<std::size_t>(frame - window.first)];
            held = std::min(held, weight);
        };
        if (index > 0) {
            const std::int64_t overlap = windows[index - 1].end() - window.own_first();
            for (std::int64_t i = 0; i < overlap; ++i) {
                lower(window.own_first() + i, rise(i, overlap));
            }
        }
        if (index + 1 < windows.size()) {
            const std::int64_t first = windows[index + 1].own_first();
            const std::int64_t overlap = window.end() - first;
            for (std::int64_t i = 0; i < overlap; ++i) {
                if (first + i >= window.own_first())
                    lower(first + i, rise(overlap - 1 - i, overlap));
            }
        }
    }
}

}  // namespace

std::vector<LatentWindow> place_windows(std::int64_t latent_count, const WindowSettings& settings) {
    if (latent_count <= settings.latent_count) {
        const auto count = static_cast<std::int32_t>(latent_count);
        LatentWindow whole{.count = count};
        whole.weights.assign(static_cast<std::size_t>(count), 1.0F);
        return {std::move(whole)};
    }
    const std::int64_t step = step_of(settings);
    const std::int64_t beyond = latent_count - settings.latent_count;
    const std::int64_t later = (beyond + step - 1) / step;
    std::vector<LatentWindow> windows;
    for (std::int64_t number = 0; number <= later; ++number) {
        const std::int64_t first = number * beyond / later;
        windows.push_back({.first = first,
                           .count = settings.latent_count,
                           .anchor = number > 0 ? anchor_frames : 0});
    }
    set_weights(windows);
    return windows;
}

std::vector<std::int64_t> noise_frames(std::int64_t latent_count,
                                       const WindowSettings& settings,
                                       std::uint64_t seed) {
    std::vector<std::int64_t> frames(static_cast<std::size_t>(latent_count));
    for (std::size_t i = 0; i < frames.size(); ++i) frames[i] = static_cast<std::int64_t>(i);
    if (!settings.free_noise || latent_count <= settings.latent_count) return frames;
    const auto window = static_cast<std::size_t>(settings.latent_count);
    const auto step = static_cast<std::size_t>(step_of(settings));
    const PhiloxKey key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
    for (std::size_t first = window; first < frames.size(); first += step) {
        // Frames one window earlier, in another order (Fisher and Yates).
        std::vector<std::int64_t> stretch(
            frames.begin() + static_cast<std::ptrdiff_t>(first - window),
            frames.begin() + static_cast<std::ptrdiff_t>(first - window + step));
        for (std::size_t left = stretch.size(); left > 1; --left) {
            const PhiloxCounter drawn = philox4x32({static_cast<std::uint32_t>(left),
                                                    static_cast<std::uint32_t>(first),
                                                    reorder_draws,
                                                    reorder_draws},
                                                   key);
            std::swap(stretch[left - 1], stretch[drawn[0] % left]);
        }
        const std::size_t count = std::min(step, frames.size() - first);
        std::copy_n(stretch.begin(), count, frames.begin() + static_cast<std::ptrdiff_t>(first));
    }
    return frames;
}

}  // namespace nightreel
