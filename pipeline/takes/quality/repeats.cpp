#include "pipeline/takes/quality/repeats.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace nightreel {
namespace {

constexpr std::size_t around = 12;         // frames on either side that say what is usual
constexpr double same_difference = 0.005;  // in code values: no decoder makes two frames so alike
constexpr double same_share = 0.1;         // of the usual motion: seen as standing still
constexpr double motion_min = 0.1;         // code values
constexpr std::size_t flicker_window = 8;
constexpr double flicker_floor = 0.2;  // code values
constexpr std::size_t return_lag_min = 3;
constexpr std::int64_t return_frames_min = 4;
constexpr double return_share = 0.4;       // of the usual change between neighbours
constexpr double return_jump = 1.5;        // of the largest change before it: it begins with a jump
constexpr std::size_t return_before = 24;  // frames before that are looked at for it
constexpr double return_motion_min = 0.3;

// Median of the differences around a frame that are motion at all.
double usual_motion(const std::vector<double>& differences, std::size_t frame, double whole) {
    std::vector<double> moving;
    const std::size_t begin = frame > around ? frame - around : 1;
    const std::size_t end = std::min(frame + around + 1, differences.size());
    for (std::size_t k = begin; k < end; ++k) {
        if (differences[k] > same_difference) moving.push_back(differences[k]);
    }
    return std::max(median_of(std::move(moving)), whole / 2);
}

double take_motion(const std::vector<double>& differences) {
    std::vector<double> moving;
    for (const double value : differences) {
        if (value > same_difference) moving.push_back(value);
    }
    return median_of(std::move(moving));
}

// Calls `use(first, last)` for each run of frames for which `is_so` holds.
template <class Test, class Use>
void for_each_run(std::size_t begin, std::size_t end, const Test& is_so, const Use& use) {
    for (std::size_t frame = begin; frame < end;) {
        std::size_t after = frame;
        while (after < end && is_so(after)) ++after;
        if (after > frame) use(frame, after - 1);
        frame = after + 1;
    }
}

double thumb_difference(const Thumb& a, const Thumb& b) {
    int sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
    return static_cast<double>(sum) / static_cast<double>(a.size());
}

struct Return {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t lag = 0;
};

// How long the stretch from `frame` on is the one `lag` earlier, frame by frame.
std::size_t length_of_return(const TakeSeries& series,
                             std::size_t frame,
                             std::size_t lag,
                             double alike) {
    std::size_t end = frame;
    while (end < series.frames() && end - frame < lag &&
           thumb_difference(series.thumbs[end], series.thumbs[end - lag]) <= alike) {
        ++end;
    }
    return end - frame;
}

Return longest_return(const TakeSeries& series, std::size_t frame, double alike) {
    Return longest{frame, frame, 0};
    for (std::size_t lag = return_lag_min; lag <= std::min(frame, return_frames_max); ++lag) {
        const std::size_t length = length_of_return(series, frame, lag, alike);
        if (length > longest.end - longest.begin) longest = {frame, frame + length, lag};
    }
    return longest;
}

}  // namespace

void measure_freezes(const TakeSeries& series, const TakeShape& shape, TakeMetrics& metrics) {
    const double whole = take_motion(series.difference);
    const auto stands = [&](std::size_t frame) {
        if (shape.is_cut(frame) || series.black[frame] || series.broken[frame]) return false;
        const double difference = series.difference[frame];
        if (difference < same_difference) return true;
        const double usual = usual_motion(series.difference, frame, whole);
        return usual >= motion_min && difference <= same_share * usual;
    };
    for_each_run(1, series.frames(), stands, [&](std::size_t first, std::size_t last) {
        const FrameRange run{series.number(first - 1), series.number(last)};
        if (run.count() >= freeze_frames_min) {
            metrics.freezes.push_back(run);
            metrics.findings.push_back(
                {FindingKind::freeze, run, static_cast<double>(run.count())});
        } else {
            metrics.findings.push_back({FindingKind::repeat, {run.last, run.last}, 1});
        }
    });
}

void measure_returns(const TakeSeries& series, const TakeShape& shape, TakeMetrics& metrics) {
    std::vector<double> changes(series.frames(), 0.0);
    for (std::size_t frame = 1; frame < series.frames(); ++frame) {
        changes[frame] = thumb_difference(series.thumbs[frame], series.thumbs[frame - 1]);
    }
    const double usual = median_of(changes);
    if (usual < return_motion_min) return;  // everything would be like everything
    const double alike = return_share * usual;
    for (std::size_t frame = 1; frame < series.frames(); ++frame) {
        const auto at = changes.begin() + static_cast<std::ptrdiff_t>(frame);
        const auto from = at - static_cast<std::ptrdiff_t>(std::min(frame, return_before));
        const double before = std::max(*std::max_element(from, at), usual);
        const bool jumps = changes[frame] >= return_jump * before;
        if (!jumps || shape.is_cut(frame) || series.black[frame] || series.broken[frame]) continue;
        const Return found = longest_return(series, frame, alike);
        const FrameRange run{series.number(found.begin), series.number(found.end) - 1};
        if (run.count() < return_frames_min) continue;
        const auto lag = static_cast<std::int64_t>(found.lag);
        metrics.findings.push_back({FindingKind::returns,
                                    run,
                                    static_cast<double>(run.count()),
                                    fmt::format("{} to {}", run.first - lag, run.last - lag)});
        frame = found.end - 1;
    }
}

void measure_flicker(const TakeSeries& series, const TakeShape& shape, TakeMetrics& metrics) {
    const std::size_t frames = series.frames();
    if (frames < 3) return;
    double sum = 0;
    std::vector<double> bends(frames, 0.0);
    for (std::size_t frame = 1; frame + 1 < frames; ++frame) {
        const double beside = (series.brightness[frame - 1] + series.brightness[frame + 1]) / 2;
        sum += std::abs(series.brightness[frame] - beside);
        if (shape.is_cut(frame) || shape.is_cut(frame + 1)) continue;
        const double into = luma(series.steps[frame].data());
        const double out = luma(series.steps[frame + 1].data());
        bends[frame] = std::abs(into - out) / 2;
    }
    metrics.flicker = sum / static_cast<double>(frames - 2);
    std::vector<double> levels(frames, 0.0);  // median of the window that begins here
    for (std::size_t begin = 1; begin + flicker_window < frames; ++begin) {
        const auto from = bends.begin() + static_cast<std::ptrdiff_t>(begin);
        levels[begin] = median_of({from, from + flicker_window});
    }
    const auto flickers = [&](std::size_t begin) { return levels[begin] >= flicker_floor; };
    for_each_run(1, frames, flickers, [&](std::size_t first, std::size_t last) {
        const auto from = levels.begin() + static_cast<std::ptrdiff_t>(first);
        const auto to = levels.begin() + static_cast<std::ptrdiff_t>(last) + 1;
        metrics.findings.push_back({FindingKind::flicker,
                                    {series.number(first), series.number(last + flicker_window)},
                                    rounded(*std::max_element(from, to))});
    });
}

void measure_lost_frames(const TakeSeries& series, TakeMetrics& metrics) {
    const auto note =
        [&](const std::vector<bool>& lost, FindingKind kind, std::vector<std::int64_t>& numbers) {
            const auto is_lost = [&](std::size_t frame) { return lost[frame]; };
            for_each_run(0, series.frames(), is_lost, [&](std::size_t first, std::size_t last) {
                const FrameRange run{series.number(first), series.number(last)};
                for (std::int64_t number = run.first; number <= run.last; ++number) {
                    numbers.push_back(number);
                }
                metrics.findings.push_back({kind, run, static_cast<double>(run.count())});
            });
        };
    note(series.black, FindingKind::black, metrics.black_frames);
    note(series.broken, FindingKind::broken, metrics.broken_frames);
}

}  // namespace nightreel
