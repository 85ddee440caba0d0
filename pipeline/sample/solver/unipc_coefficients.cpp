#include "pipeline/sample/solver/unipc_coefficients.h"

#include <algorithm>
#include <cmath>

#include "shotspec/base/check.h"

// Zhao et al., "UniPC: a unified predictor-corrector framework for fast sampling of diffusion
// models" (2023), for alpha = 1 - sigma and B(h) = e^h - 1. Names follow the paper: h is the step
// in half log SNR, hh = -h because x0 is predicted, phi the exponential integrals.

namespace nightreel {

namespace {

struct Step {
    double alpha = 0;  // signal at the level arrived at
    double ratio = 0;  // of the noise levels, there to here
    double h = 0;
};

double lambda_at(const SigmaGrid& grid, int index) {
    return half_log_snr(grid.sigma(index));
}

// From level `from` to the next one.
Step step_from(const SigmaGrid& grid, int from) {
    const double sigma_to = grid.sigma(from + 1);
    return {.alpha = 1 - sigma_to,
            .ratio = sigma_to / grid.sigma(from),
            .h = lambda_at(grid, from + 1) - lambda_at(grid, from)};
}

// How far back the prediction before lies, in steps; negative.
double relative_past(const SigmaGrid& grid, int from, double h) {
    return (lambda_at(grid, from - 1) - lambda_at(grid, from)) / h;
}

}  // namespace

double half_log_snr(float sigma) {
    // A grid may start at pure noise, where this is -infinity.
    constexpr double sigma_max = 1 - 1e-6;
    const double level = std::min(static_cast<double>(sigma), sigma_max);
    return std::log1p(-level) - std::log(level);
}

UnipcPredictor unipc_predictor(const SigmaGrid& grid, int step, int order) {
    NIGHTREEL_CHECK(order == 1 || order == 2, "UniPC is of order 1 or 2");
    const Step to = step_from(grid, step);
    const double phi_1 = std::expm1(-to.h);
    UnipcPredictor predictor{.keep = to.ratio, .towards_x0 = -to.alpha * phi_1, .slope = 0};
    if (order == 2) {
        const double past = relative_past(grid, step, to.h);
        predictor.slope = -to.alpha * phi_1 * 0.5 / past;
    }
    return predictor;
}

UnipcCorrector unipc_corrector(const SigmaGrid& grid, int step, int order) {
    NIGHTREEL_CHECK(order == 1 || order == 2, "UniPC is of order 1 or 2");
    const Step to = step_from(grid, step - 1);
    const double hh = -to.h;
    const double phi_1 = std::expm1(hh);
    UnipcCorrector corrector{.keep = to.ratio, .towards_x0 = -to.alpha * phi_1};
    if (order == 1) {
        corrector.arrival = -to.alpha * phi_1 * 0.5;
        return corrector;
    }
    // The two weights solve w0 + w1 = b1 and past w0 + w1 = b2.
    const double past = relative_past(grid, step - 1, to.h);
    const double phi_2 = phi_1 / hh - 1;
    const double phi_3 = phi_2 / hh - 0.5;
    const double b1 = phi_2 / phi_1;
    const double b2 = 2 * phi_3 / phi_1;
    const double w0 = (b1 - b2) / (1 - past);
    corrector.slope = -to.alpha * phi_1 * w0 / past;
    corrector.arrival = -to.alpha * phi_1 * (b1 - w0);
    return corrector;
}

}  // namespace nightreel
