#pragma once
// An affine map of colours between two versions of the same frames, and its use: the autoencoder
// shows a picture that it was given a little otherwise, and so do the frames after it. Fitted on
// what both versions show, so nothing is assumed about the content. Pure, any thread.

#include <array>
#include <span>
#include <vector>

#include "pipeline/picture/colour/frame.h"

namespace nightreel {

// out[i] = sum over j of weights[i][j] in[j] + weights[i][3], in display values.
struct ColourFit {
    std::array<std::array<double, 4>, 3> weights{{{{1, 0, 0, 0}}, {{0, 1, 0, 0}}, {{0, 0, 1, 0}}}};

    bool is_identity() const { return weights == ColourFit().weights; }
};

// Changes beyond this, or a remaining difference above it, are of the content and not of the
// autoencoder: the fit is then the identity.
inline constexpr double colour_change_max = 0.1;
inline constexpr double colour_residual_max = 0.06;  // 24 dB

// From `seen` to `wanted`, pairs of frames of one size: least squares with a ridge towards the
// identity, twice, the second time without the two hundredths of the pixels that fitted worst.
ColourFit fit_colours(std::span<const FrameRgb> seen, std::span<const FrameRgb> wanted);

// Clamped to [0, 1]. The identity changes nothing.
FrameRgb with_colours(FrameRgb frame, const ColourFit& fit);

}  // namespace nightreel
