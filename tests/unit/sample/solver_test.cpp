#include "pipeline/sample/solver/solver.h"

#include <cmath>
#include <vector>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/sample/guidance.h"
#include "pipeline/sample/solver/unipc_coefficients.h"

namespace nightreel {

namespace {

constexpr Solver all_solvers[] = {Solver::euler, Solver::unipc};
constexpr Schedule all_schedules[] = {
    Schedule::uniform, Schedule::wan, Schedule::diffusers_flow, Schedule::diffusers_euler};

at::Tensor numbers() {
    return at::linspace(-2, 2, 24, at::kDouble).view({2, 3, 4});
}

// For data that is one normal distribution of variance `data` at each place, the exact velocity of
// the flow x = (1 - s) x0 + s e.
at::Tensor gaussian_velocity(const at::Tensor& x, double s, double data) {
    const double variance = (1 - s) * (1 - s) * data + s * s;
    return x * ((s - (1 - s) * data) / variance);
}

// Its exact solution: the standard deviation is scaled.
double gaussian_error(Solver solver, int steps) {
    constexpr double data = 0.25;
    const SigmaGrid grid = wan_grid(steps, 1);
    SolverState state{.solver = solver};
    const at::Tensor start = numbers();
    at::Tensor x = start;
    for (int i = 0; i < steps; ++i) {
        const double sigma = static_cast<double>(grid.sigmas[static_cast<std::size_t>(i)]);
        x = solver_step(state, grid, i, x, gaussian_velocity(x, sigma, data));
    }
    const double first = static_cast<double>(grid.sigmas.front());
    const double scale = std::sqrt(data / ((1 - first) * (1 - first) * data + first * first));
    return (x - start * scale).abs().max().item<double>();
}

}  // namespace

TEST_CASE("zero velocity leaves the latents alone under Euler", "[sample]") {
    const at::Tensor x = numbers();
    REQUIRE(at::equal(euler_step(uniform_grid(4, 3), 1, x, at::zeros_like(x)), x));
}

TEST_CASE("every solver arrives at x0 exactly when the flow is straight", "[sample]") {
    const at::Tensor x0 = numbers();
    const at::Tensor noise = x0.flip(0) * 0.7 + 0.1;
    for (const Solver solver : all_solvers) {
        for (const Schedule schedule : all_schedules) {
            CAPTURE(word_of(solver), word_of(schedule));
            const SigmaGrid grid = make_grid(schedule, 7, 3);
            SolverState state{.solver = solver, .fresh_noise = [&](int) { return noise; }};
            const double first = static_cast<double>(grid.sigmas.front());
            at::Tensor x = x0 * (1 - first) + noise * first;
            for (int i = 0; i < grid.steps(); ++i) {
                x = solver_step(state, grid, i, x, noise - x0);
            }
            REQUIRE(at::allclose(x, x0, 1e-6, 1e-6));
        }
    }
}

TEST_CASE(
    "halving the steps' length halves Euler's error and quarters that of second order or better",
    "[sample]") {
    const double euler = gaussian_error(Solver::euler, 40) / gaussian_error(Solver::euler, 80);
    const double unipc = gaussian_error(Solver::unipc, 40) / gaussian_error(Solver::unipc, 80);
    REQUIRE(euler > 1.7);
    REQUIRE(euler < 2.4);
    REQUIRE(unipc > 3.4);
    // In log-SNR the first steps are long: the order shows later.
    REQUIRE(gaussian_error(Solver::dpm, 80) / gaussian_error(Solver::dpm, 160) > 3.2);
    REQUIRE(gaussian_error(Solver::unipc, 20) < gaussian_error(Solver::euler, 20) / 5);
}

TEST_CASE("a few-step solver draws noise before every step's end but the last", "[sample]") {
    const SigmaGrid grid = uniform_grid(4, 5);
    std::vector<int> draws;
    SolverState state{.solver = Solver::few_step, .fresh_noise = [&](int step) {
                          draws.push_back(step);
                          return at::full_like(numbers(), step);
                      }};
    at::Tensor x = numbers();
    for (int i = 0; i < grid.steps(); ++i) x = solver_step(state, grid, i, x, at::zeros_like(x));
    REQUIRE(draws == std::vector<int>{0, 1, 2});
}

TEST_CASE("a copied solver state gives the same latents as the original", "[sample]") {
    const SigmaGrid grid = diffusers_flow_grid(6, 5);
    UnipcState state;
    at::Tensor x = numbers();
    for (int i = 0; i < 3; ++i) {
        UnipcStep done = unipc_step(grid, i, state, x, x.sin());
        x = done.x;
        state = done.state;
    }
    const UnipcState saved{state.x0_last.clone(),
                           state.x0_before.clone(),
                           state.sample_last.clone(),
                           state.order_last};
    const at::Tensor once = unipc_step(grid, 3, state, x, x.sin()).x;
    const at::Tensor again = unipc_step(grid, 3, saved, x.clone(), x.sin()).x;
    REQUIRE(at::equal(once, again));
}

TEST_CASE("latent frames may be solved apart: every step is elementwise", "[sample]") {
    const SigmaGrid grid = diffusers_flow_grid(5, 3);
    const auto solve = [&](at::Tensor x) {
        SolverState state{.solver = Solver::unipc};
        for (int i = 0; i < grid.steps(); ++i) x = solver_step(state, grid, i, x, x.cos());
        return x;
    };
    const at::Tensor x = numbers();
    const at::Tensor apart = at::cat({solve(x.narrow(1, 0, 1)), solve(x.narrow(1, 1, 2))}, 1);
    REQUIRE(at::equal(apart, solve(x)));
}

TEST_CASE("pure noise as the first level has finite coefficients", "[sample]") {
    const SigmaGrid grid = uniform_grid(3, 3);
    REQUIRE(grid.sigmas.front() == 1.0F);
    REQUIRE(std::isfinite(half_log_snr(grid.sigmas.front())));
    REQUIRE(std::isfinite(unipc_predictor(grid, 1, 2).slope));
    REQUIRE(std::isfinite(unipc_corrector(grid, 2, 2).arrival));
}

// The flow in half log SNR l is x(t) = s(t) (x(s) / s(s) + integral of e^l x0(l) dl), so that a
// formula of this order has no error where x0 is a polynomial in l of degree 2.
TEST_CASE("UniPC's second-order corrector is exact where x0 is a quadratic", "[sample]") {
    const SigmaGrid grid = wan_grid(8, 3);
    const auto x0 = [](double l) { return 0.4 - 0.7 * l + 0.3 * l * l; };
    const auto integral = [](double l) {
        return std::exp(l) * (0.4 - 0.7 * (l - 1) + 0.3 * (l * l - 2 * l + 2));
    };
    for (int step = 2; step < grid.steps(); ++step) {
        const auto level = [&](int back) {
            return static_cast<double>(grid.sigmas[static_cast<std::size_t>(step - back)]);
        };
        const auto lambda = [&](int back) {
            return half_log_snr(grid.sigmas[static_cast<std::size_t>(step - back)]);
        };
        constexpr double x_last = 1.3;
        const double exact =
            level(0) * (x_last / level(1) + integral(lambda(0)) - integral(lambda(1)));
        const UnipcCorrector c = unipc_corrector(grid, step, 2);
        const double m0 = x0(lambda(1));
        const double corrected = c.keep * x_last + c.towards_x0 * m0 +
                                 c.slope * (x0(lambda(2)) - m0) + c.arrival * (x0(lambda(0)) - m0);
        CAPTURE(step);
        REQUIRE(corrected == Approx(exact).epsilon(1e-9));
    }
}

TEST_CASE("the last step of UniPC lands on the predicted x0", "[sample]") {
    const UnipcPredictor last = unipc_predictor(wan_grid(4, 5), 3, 1);
    REQUIRE(last.keep == 0.0);
    REQUIRE(last.towards_x0 == 1.0);
}

TEST_CASE("guidance of 1 is the prediction with the prompt, of 0 the one without", "[sample]") {
    const at::Tensor with = numbers();
    const at::Tensor without = with.flip(1) * 0.5;
    const at::Tensor batch = at::cat({with, without});
    REQUIRE(at::allclose(guided(batch, 1), with));
    REQUIRE(at::equal(guided(batch, 0), without));
    REQUIRE(at::allclose(guided(batch, 4), without + (with - without) * 4));
    REQUIRE_FALSE(needs_guidance(1));
}

}  // namespace nightreel
