#pragma once
// What is ordinary in a series of numbers, one a frame: medians, and the places that are far from
// joints and cuts. Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nightreel {

// Frames from a joint on in which it may show: a latent frame is several frames, and a decoder
// remembers further.
inline constexpr std::int64_t joint_reach_frames = 9;

// 0 of nothing.
double median_of(std::vector<double> values);
// Linear between ranks; share in [0, 1]; 0 of nothing.
double quantile_of(std::vector<double> values, double share);

// Slope of the least-squares line through (0, y0), (1, y1), ...
double slope_of(const std::vector<double>& values);

// Indices of frames from 0; `joints` and `cuts` are indices too.
struct TakeShape {
    std::size_t frames = 0;
    std::vector<std::size_t> joints;  // first frame of each segment that continues another
    std::vector<std::size_t> cuts;    // first frame of each clip that continues nothing
    bool changes_scene = false;       // as somebody asked: colours that change are no drift

    bool is_cut(std::size_t frame) const;
    // In reach of a joint, or at a cut.
    bool is_special(std::size_t frame) const;
};

}  // namespace nightreel
