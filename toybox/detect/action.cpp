#include "toybox/detect/action.h"

#include <algorithm>
#include <cmath>

#include "toybox/detect/statistics.h"

namespace nightreel::toybox {
namespace {

Action action_from(const ActionGuess& guess) {
    constexpr double lift_least = 8.5;  // pixels: half of a jump, well under floating
    if (guess.narrowness < 0.55) return Action::spins;
    if (guess.lift_range > lift_least) return Action::jumps;
    if (guess.lift > lift_least) return Action::floats;
    if (std::abs(guess.speed) <= 0.5 * walk_speed) return Action::stands;
    return guess.speed > 0 ? Action::walks_right : Action::walks_left;
}

}  // namespace

ActionGuess action_of(std::span<const Sighting> track, const CameraPath& camera) {
    constexpr std::ptrdiff_t enough = 3;
    const auto is_clear = [](const Sighting& seen) { return seen.clear; };
    const bool clear_only = std::count_if(track.begin(), track.end(), is_clear) >= enough;
    std::vector<double> frames, places, lifts, widths;
    for (const Sighting& seen : track) {
        if (clear_only && !seen.clear) continue;
        const std::size_t frame = static_cast<std::size_t>(seen.frame);
        const double zoom = camera.zoom[frame];
        frames.push_back(seen.frame);
        places.push_back((seen.x - frame_width / 2.0) / zoom + camera.pan[frame]);
        lifts.push_back(ground_rows[0] - ((seen.bottom - zoom_row) / zoom + zoom_row));
        widths.push_back(seen.width / zoom);
    }
    ActionGuess guess;
    guess.speed = frames.size() > 2 ? robust_slope(frames, places) : 0.0;
    guess.lift_range = percentile(lifts, 0.95) - percentile(lifts, 0.05);
    guess.lift = median(lifts);
    guess.narrowness = percentile(widths, 0.2) / percentile(widths, 0.9);
    guess.action = action_from(guess);
    return guess;
}

}  // namespace nightreel::toybox
