#include "pipeline/takes/quality/seams.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace nightreel {
namespace {

constexpr std::size_t joint_reach = joint_reach_frames;
// Frames on either side of a joint whose motion is what the joint is compared with.
constexpr std::size_t around_frames = 12;
// A change that is smaller than this, in code values, is not seen.
constexpr double visible_difference = 0.4;
// What one thing does that moves counts so much beside what the whole picture does: it may start to
// move at a joint for good reason.
constexpr double local_weight = 0.5;
// A colour may take so many frames to change over at a joint.
constexpr std::size_t colour_frames = 4;

// One series in the places where nothing special is, and what nine consecutive of those reach.
struct Ordinary {
    double median = 0;
    std::vector<double> controls;  // largest of each nine
    double control_max = 0;        // of nearly all of them
};

Ordinary ordinary_of(const std::vector<double>& values, const TakeShape& shape) {
    std::vector<double> plain;
    for (std::size_t frame = 1; frame < values.size(); ++frame) {
        if (!shape.is_special(frame)) plain.push_back(values[frame]);
    }
    Ordinary ordinary{.median = median_of(plain), .controls = {}};
    for (std::size_t begin = 0; begin + joint_reach <= plain.size(); ++begin) {
        const auto from = plain.begin() + static_cast<std::ptrdiff_t>(begin);
        ordinary.controls.push_back(*std::max_element(from, from + joint_reach_frames));
    }
    if (ordinary.controls.empty() && !plain.empty()) {
        ordinary.controls.push_back(*std::max_element(plain.begin(), plain.end()));
    }
    ordinary.control_max = quantile_of(ordinary.controls, 0.95);
    return ordinary;
}

struct Window {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// From the joint on, and no further than the next special place.
Window window_of(std::size_t joint, const TakeShape& shape, std::size_t reach) {
    std::size_t end = std::min(joint + reach, shape.frames);
    const auto clip = [&](const std::vector<std::size_t>& places) {
        const auto next = std::upper_bound(places.begin(), places.end(), joint);
        if (next != places.end()) end = std::min(end, *next);
    };
    clip(shape.joints);
    clip(shape.cuts);
    return {joint, end};
}

std::size_t worst_in(const std::vector<double>& values, Window window) {
    std::size_t worst = window.begin;
    for (std::size_t frame = window.begin; frame < window.end; ++frame) {
        if (values[frame] > values[worst]) worst = frame;
    }
    return worst;
}

// What is usual right before and right after the window: a scene may begin to move at a joint.
double usual_around(const std::vector<double>& values, const TakeShape& shape, Window window) {
    std::vector<double> before;
    for (std::size_t k = 1; k <= around_frames && window.begin > k; ++k) {
        const std::size_t frame = window.begin - k;
        if (shape.is_cut(frame)) break;
        before.push_back(values[frame]);
    }
    std::vector<double> after;
    for (std::size_t frame = window.end;
         frame < std::min(window.end + around_frames, values.size());
         ++frame) {
        if (shape.is_cut(frame)) break;
        after.push_back(values[frame]);
    }
    return std::max(quantile_of(before, 0.75), quantile_of(after, 0.75));
}

double excess_of(const std::vector<double>& values,
                 const TakeShape& shape,
                 const Ordinary& ordinary,
                 std::size_t joint) {
    const Window window = window_of(joint, shape, joint_reach);
    const double worst = values[worst_in(values, window)];
    const double usual =
        std::max({ordinary.control_max, usual_around(values, shape, window), motion_floor});
    return worst / usual;
}

// Colour that the frames from `frame` on have gained beyond what the take gains anyway.
double colour_gain(const TakeSeries& series, const std::array<double, 3>& usual, Window window) {
    double largest = 0;
    for (std::size_t c = 0; c < 3; ++c) {
        double sum = 0;
        for (std::size_t frame = window.begin; frame < window.end; ++frame) {
            sum += series.steps[frame][c] - usual[c];
        }
        largest = std::max(largest, std::abs(sum));
    }
    return largest;
}

std::array<double, 3> usual_steps(const TakeSeries& series, const TakeShape& shape) {
    std::array<double, 3> usual{};
    for (std::size_t c = 0; c < 3; ++c) {
        std::vector<double> plain;
        for (std::size_t frame = 1; frame < series.frames(); ++frame) {
            if (!shape.is_special(frame)) plain.push_back(series.steps[frame][c]);
        }
        usual[c] = median_of(std::move(plain));
    }
    return usual;
}

// The same statistic at places without a joint.
double colour_control(const TakeSeries& series,
                      const TakeShape& shape,
                      const std::array<double, 3>& usual) {
    std::vector<double> gains;
    for (std::size_t frame = 1; frame + colour_frames <= series.frames(); ++frame) {
        bool plain = true;
        for (std::size_t k = 0; k < colour_frames; ++k) plain &= !shape.is_special(frame + k);
        if (plain) gains.push_back(colour_gain(series, usual, {frame, frame + colour_frames}));
    }
    return quantile_of(std::move(gains), 0.95);
}

void note_findings(const SeamMetric& seam, double colour_usual, TakeMetrics& metrics) {
    const FrameRange frames{seam.frame, std::max(seam.frame, seam.worst_frame)};
    if (seam.difference >= visible_difference && seam.excess > 1) {
        metrics.findings.push_back({FindingKind::seam, frames, rounded(seam.excess)});
    }
    if (seam.colour_step > 1.5 * colour_usual && seam.colour_step > 0.5) {
        metrics.findings.push_back(
            {FindingKind::colour_jump, {seam.frame, seam.frame}, rounded(seam.colour_step)});
    }
}

}  // namespace

void measure_seams(const TakeSeries& series, const TakeShape& shape, TakeMetrics& metrics) {
    const Ordinary motion = ordinary_of(series.difference, shape);
    const Ordinary turns = ordinary_of(series.acceleration, shape);
    const Ordinary widespread = ordinary_of(series.widespread, shape);
    const std::array<double, 3> usual = usual_steps(series, shape);
    const double colour_usual = colour_control(series, shape, usual);
    const double base = std::max(motion.median, motion_floor);
    metrics.motion_median = motion.median;
    metrics.seam_control_median = median_of(motion.controls) / base;
    metrics.seam_control_max = motion.control_max / base;
    metrics.colour_step_control = colour_usual;
    std::vector<double> ratios;
    for (const std::size_t joint : shape.joints) {
        if (joint == 0 || joint >= series.frames()) continue;
        const Window window = window_of(joint, shape, joint_reach);
        const std::size_t worst = worst_in(series.difference, window);
        const SeamMetric seam{
            .frame = series.number(joint),
            .difference = series.difference[worst],
            .ratio = series.difference[worst] / base,
            .worst_frame = series.number(worst),
            .acceleration_ratio = series.acceleration[worst_in(series.acceleration, window)] /
                                  std::max(turns.median, motion_floor),
            .colour_step = colour_gain(series, usual, window_of(joint, shape, colour_frames)),
            .excess =
                std::max({excess_of(series.widespread, shape, widespread, joint),
                          local_weight * excess_of(series.difference, shape, motion, joint),
                          local_weight * excess_of(series.acceleration, shape, turns, joint)})};
        metrics.seams.push_back(seam);
        ratios.push_back(seam.ratio);
        metrics.seam_ratio_max = std::max(metrics.seam_ratio_max, seam.ratio);
        note_findings(seam, colour_usual, metrics);
    }
    metrics.seam_ratio_median = median_of(ratios);
}

}  // namespace nightreel
