#include "toybox/detect/seam.h"

#include <algorithm>
#include <cstdlib>

#include "shotspec/base/check.h"
#include "toybox/detect/statistics.h"

namespace nightreel::toybox {
namespace {

constexpr std::ptrdiff_t margin = 2;
constexpr double step_least = 0.05;  // a stream that stands still has no step to compare with

bool is_usual(std::size_t frame, std::span<const std::size_t> joints, UsualSteps usual) {
    const auto at = static_cast<std::ptrdiff_t>(frame);
    if (usual == UsualSteps::away_from_starts) {
        std::ptrdiff_t start = 0;
        for (const std::size_t joint : joints) {
            if (joint <= frame) start = static_cast<std::ptrdiff_t>(joint);
        }
        return at - start > margin;
    }
    return std::all_of(joints.begin(), joints.end(), [&](std::size_t joint) {
        return std::abs(at - static_cast<std::ptrdiff_t>(joint)) > margin;
    });
}

}  // namespace

std::vector<double> steps_of(std::span<const Frame> stream) {
    std::vector<double> steps;
    for (std::size_t f = 1; f < stream.size(); ++f) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < stream[f].rgb.size(); ++i) {
            sum += std::abs(stream[f].rgb[i] - stream[f - 1].rgb[i]);
        }
        steps.push_back(static_cast<double>(sum) / static_cast<double>(stream[f].rgb.size()));
    }
    return steps;
}

std::vector<double> seam_ratios(std::span<const Frame> stream,
                                std::span<const std::size_t> joints,
                                UsualSteps usual) {
    const std::vector<double> steps = steps_of(stream);
    std::vector<double> calm;
    for (std::size_t frame = 1; frame < stream.size(); ++frame) {
        if (is_usual(frame, joints, usual)) calm.push_back(steps[frame - 1]);
    }
    NIGHTREEL_CHECK(!calm.empty(), "some steps of a stream lie away from its joints");
    const double ordinary = std::max(median(std::move(calm)), step_least);
    std::vector<double> ratios;
    for (const std::size_t joint : joints) {
        NIGHTREEL_CHECK(joint > 0 && joint < stream.size(), "a joint lies inside its stream");
        ratios.push_back(steps[joint - 1] / ordinary);
    }
    return ratios;
}

}  // namespace nightreel::toybox
