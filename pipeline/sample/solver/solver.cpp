#include "pipeline/sample/solver/solver.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "pipeline/sample/solver/unipc_coefficients.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

constexpr int unipc_order_max = 2;

at::Tensor corrected(const SigmaGrid& grid,
                     int step,
                     const UnipcState& state,
                     const at::Tensor& x0) {
    const UnipcCorrector c = unipc_corrector(grid, step, state.order_last);
    at::Tensor x = state.sample_last * c.keep + state.x0_last * c.towards_x0;
    if (state.order_last == 2) x = x + (state.x0_before - state.x0_last) * c.slope;
    return x + (x0 - state.x0_last) * c.arrival;
}

}  // namespace

at::Tensor euler_step(const SigmaGrid& grid, int step, const at::Tensor& x, const at::Tensor& v) {
    return x + v * (grid.sigma(step + 1) - grid.sigma(step));
}

UnipcStep unipc_step(const SigmaGrid& grid,
                     int step,
                     const UnipcState& state,
                     const at::Tensor& x,
                     const at::Tensor& v) {
    NIGHTREEL_CHECK(0 <= step && step < grid.steps(), "a step of the grid");
    const at::Tensor x0 = x - v * grid.sigma(step);
    const bool first = state.order_last == 0;
    const at::Tensor from = first ? x : corrected(grid, step, state, x0);

    const int known = std::min(unipc_order_max, state.order_last + 1);
    const int order = std::min(known, grid.steps() - step);
    const UnipcPredictor p = unipc_predictor(grid, step, order);
    at::Tensor next = from * p.keep + x0 * p.towards_x0;
    if (order == 2) next = next + (state.x0_last - x0) * p.slope;
    return {next, {x0, state.x0_last, from, order}};
}

DpmStep dpm_step(const SigmaGrid& grid,
                 int step,
                 const at::Tensor& x0_last,
                 const at::Tensor& x,
                 const at::Tensor& v) {
    NIGHTREEL_CHECK(0 <= step && step < grid.steps(), "a step of the grid");
    const float from = grid.sigma(step);
    const float to = grid.sigma(step + 1);
    const at::Tensor x0 = x - v * from;
    const double here = half_log_snr(from);
    const double height = half_log_snr(to) - here;  // infinite where level 0 is arrived at
    const double keep = static_cast<double>(to) / static_cast<double>(from);
    const double towards_x0 = -(1.0 - static_cast<double>(to)) * std::expm1(-height);
    at::Tensor next = x * keep + x0 * towards_x0;
    if (x0_last.defined() && step + 1 < grid.steps()) {
        const double ratio = (here - half_log_snr(grid.sigma(step - 1))) / height;
        next = next + (x0 - x0_last) * (0.5 * towards_x0 / ratio);
    }
    return {next, x0};
}

at::Tensor few_step(const SigmaGrid& grid,
                    int step,
                    const at::Tensor& x,
                    const at::Tensor& v,
                    const at::Tensor& noise) {
    const at::Tensor x0 = x - v * grid.sigma(step);
    if (step + 1 == grid.steps()) return x0;
    const float to = grid.sigma(step + 1);
    return x0 * (1.0F - to) + noise * to;
}

at::Tensor solver_step(
    SolverState& state, const SigmaGrid& grid, int step, const at::Tensor& x, const at::Tensor& v) {
    switch (state.solver) {
        case Solver::euler:
            return euler_step(grid, step, x, v);
        case Solver::unipc: {
            UnipcStep done = unipc_step(grid, step, state.unipc, x, v);
            state.unipc = std::move(done.state);
            return done.x;
        }
        case Solver::dpm: {
            DpmStep done = dpm_step(grid, step, state.x0_last, x, v);
            state.x0_last = std::move(done.x0);
            return done.x;
        }
        case Solver::few_step: {
            NIGHTREEL_CHECK(state.fresh_noise != nullptr, "few steps draw noise");
            const bool is_last = step + 1 == grid.steps();
            return few_step(grid, step, x, v, is_last ? at::Tensor() : state.fresh_noise(step));
        }
    }
    NIGHTREEL_CHECK(false, "every solver has a step");
    return x;
}

}  // namespace nightreel
