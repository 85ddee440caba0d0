#include "pipeline/takes/take_meter.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

// A frame whose brightest value is below this is black.
constexpr int black_max = 2;

// Two identical neighbours happen in still scenes; a run of frames this long does not.
constexpr std::int64_t freeze_frames_min = 3;

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    if (values.size() % 2 == 1) return values[middle];
    return (values[middle - 1] + values[middle]) / 2;
}

double brightness(const std::array<double, 3>& mean) {
    return 0.2126 * mean[0] + 0.7152 * mean[1] + 0.0722 * mean[2];
}

std::uint8_t code_of(float value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 1.0F) * 255.0F + 0.5F);
}

}  // namespace

TakeMeter::TakeMeter(std::int64_t first_frame, std::vector<std::int64_t> joints)
    : first_frame_(first_frame), joints_(std::move(joints)) {
    NIGHTREEL_CHECK(std::is_sorted(joints_.begin(), joints_.end()), "joints stand in order");
}

void TakeMeter::add(const FrameRgb& display) {
    NIGHTREEL_CHECK(!display.rgb.empty() && display.rgb.size() % 3 == 0, "a frame has pixels");
    NIGHTREEL_CHECK(previous_.empty() || previous_.size() == display.rgb.size(),
                    "frames of a take have one size");
    const std::int64_t number = first_frame_ + static_cast<std::int64_t>(means_.size());
    std::vector<std::uint8_t> codes(display.rgb.size());
    std::array<std::uint64_t, 3> sums{};
    bool finite = true;
    int brightest = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const bool good = std::isfinite(display.rgb[i]);
        finite = finite && good;
        codes[i] = good ? code_of(display.rgb[i]) : std::uint8_t{0};
        sums[i % 3] += codes[i];
        brightest = std::max(brightest, int{codes[i]});
    }
    if (!finite) broken_.push_back(number);
    if (finite && brightest < black_max) black_.push_back(number);
    const double pixels = static_cast<double>(codes.size()) / 3;
    means_.push_back({static_cast<double>(sums[0]) / pixels,
                      static_cast<double>(sums[1]) / pixels,
                      static_cast<double>(sums[2]) / pixels});
    if (!previous_.empty()) {
        std::uint64_t difference = 0;
        for (std::size_t i = 0; i < codes.size(); ++i) {
            difference += static_cast<std::uint64_t>(std::abs(codes[i] - previous_[i]));
        }
        differences_.push_back(static_cast<double>(difference) / static_cast<double>(codes.size()));
    }
    previous_ = std::move(codes);
}

TakeMetrics TakeMeter::finish() const {
    TakeMetrics metrics;
    metrics.frames = static_cast<std::int64_t>(means_.size());
    std::vector<double> motion;
    for (std::size_t k = 0; k < differences_.size(); ++k) {
        const std::int64_t frame = first_frame_ + static_cast<std::int64_t>(k) + 1;
        if (!near_joint(frame)) motion.push_back(differences_[k]);
    }
    metrics.motion_median = median(motion);
    std::vector<double> ratios;
    for (const std::int64_t joint : joints_) {
        const std::int64_t index = joint - first_frame_ - 1;
        if (index < 0 || index >= static_cast<std::int64_t>(differences_.size())) continue;
        const double difference = differences_[static_cast<std::size_t>(index)];
        const double ratio = difference / std::max(metrics.motion_median, motion_floor);
        metrics.seams.push_back({joint, difference, ratio});
        ratios.push_back(ratio);
        metrics.seam_ratio_max = std::max(metrics.seam_ratio_max, ratio);
    }
    metrics.seam_ratio_median = median(ratios);
    metrics.drift = drift();
    metrics.flicker = flicker();
    metrics.freezes = freezes();
    metrics.black_frames = black_;
    metrics.broken_frames = broken_;
    return metrics;
}

bool TakeMeter::near_joint(std::int64_t frame) const {
    return std::any_of(joints_.begin(), joints_.end(), [frame](std::int64_t joint) {
        return std::abs(frame - joint) <= joint_reach_frames;
    });
}

double TakeMeter::drift() const {
    if (means_.size() < 2) return 0;
    const auto share = static_cast<std::size_t>(
        std::max(1.0, std::floor(drift_share * static_cast<double>(means_.size()))));
    double largest = 0;
    for (std::size_t c = 0; c < 3; ++c) {
        double change = 0;
        for (std::size_t i = 0; i < share; ++i) {
            change += means_[means_.size() - 1 - i][c] - means_[i][c];
        }
        largest = std::max(largest, std::abs(change) / static_cast<double>(share));
    }
    return largest;
}

double TakeMeter::flicker() const {
    if (means_.size() < 3) return 0;
    double sum = 0;
    for (std::size_t i = 1; i + 1 < means_.size(); ++i) {
        const double around = (brightness(means_[i - 1]) + brightness(means_[i + 1])) / 2;
        sum += std::abs(brightness(means_[i]) - around);
    }
    return sum / static_cast<double>(means_.size() - 2);
}

std::vector<FrameRange> TakeMeter::freezes() const {
    std::vector<FrameRange> runs;
    std::size_t start = 0;
    for (std::size_t k = 0; k <= differences_.size(); ++k) {
        const bool same = k < differences_.size() && differences_[k] == 0.0;
        if (same) continue;
        const FrameRange run{first_frame_ + static_cast<std::int64_t>(start),
                             first_frame_ + static_cast<std::int64_t>(k)};
        if (run.count() >= freeze_frames_min) runs.push_back(run);
        start = k + 1;
    }
    return runs;
}

}  // namespace nightreel
