#pragma once
// The numbers of a UniPC step: what latents, last predictions and differences are multiplied with.
// Pure functions of the sigma grid, in float64 from the grid's float32 levels. Any thread.

#include "pipeline/sample/solver/schedule.h"

namespace nightreel {

// x_next = keep * x + towards_x0 * m0 + slope * (m1 - m0), where m0 is the newest prediction of x0
// and m1 the one before.
struct UnipcPredictor {
    double keep = 0;
    double towards_x0 = 0;
    double slope = 0;
};

// x = keep * x_last + towards_x0 * m0 + slope * (m1 - m0) + arrival * (m_here - m0), where m0 and
// m1 are as the step before had them and m_here is the prediction at the level it arrived at.
struct UnipcCorrector {
    double keep = 0;
    double towards_x0 = 0;
    double slope = 0;
    double arrival = 0;
};

// Logarithm of signal to noise at a level: log(1 - sigma) - log(sigma).
double half_log_snr(float sigma);

// For the step from level `step` to the next, of order 1 or 2.
UnipcPredictor unipc_predictor(const SigmaGrid& grid, int step, int order);

// For the latents at level `step`, which a step of order 1 or 2 arrived at.
UnipcCorrector unipc_corrector(const SigmaGrid& grid, int step, int order);

}  // namespace nightreel
