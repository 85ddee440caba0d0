#include "pipeline/sample/solver.h"

#include <algorithm>

#include <ATen/ATen.h>

#include "pipeline/sample/unipc_coefficients.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

constexpr int unipc_order_max = 2;

float sigma_at(const SigmaGrid& grid, int index) {
    return grid.sigmas.at(static_cast<std::size_t>(index));
}

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
    return x + v * (sigma_at(grid, step + 1) - sigma_at(grid, step));
}

UnipcStep unipc_step(const SigmaGrid& grid,
                     int step,
                     const UnipcState& state,
                     const at::Tensor& x,
                     const at::Tensor& v) {
    NIGHTREEL_CHECK(0 <= step && step < grid.steps(), "a step of the grid");
    const at::Tensor x0 = x - v * sigma_at(grid, step);
    const bool first = state.order_last == 0;
    const at::Tensor from = first ? x : corrected(grid, step, state, x0);

    const int known = std::min(unipc_order_max, state.order_last + 1);
    const int order = std::min(known, grid.steps() - step);
    const UnipcPredictor p = unipc_predictor(grid, step, order);
    at::Tensor next = from * p.keep + x0 * p.towards_x0;
    if (order == 2) next = next + (state.x0_last - x0) * p.slope;
    return {next, {x0, state.x0_last, from, order}};
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
    }
    NIGHTREEL_CHECK(false, "every solver has a step");
    return x;
}

}  // namespace nightreel
