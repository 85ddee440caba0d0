#include "pipeline/sample/solver/schedule.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr double training_timesteps = 1000;

enum class Timesteps { fractional, whole };

// `count` values from `first` to `last`, both included. In the order of operations that numpy has,
// because timesteps are cut to whole numbers and some stand at the edge.
std::vector<double> even_levels(double first, double last, int count) {
    std::vector<double> levels{first};
    const double step = (last - first) / (count - 1);
    for (int i = 1; i < count; ++i) levels.push_back(i * step + first);
    if (count > 1) levels.back() = last;
    return levels;
}

// The grid for levels that are shifted already; the final 0 is added.
SigmaGrid grid_of(std::span<const double> levels, Timesteps kind) {
    SigmaGrid grid;
    for (const double level : levels) {
        const double timestep = level * training_timesteps;
        grid.sigmas.push_back(static_cast<float>(level));
        grid.timesteps.push_back(kind == Timesteps::whole ? std::trunc(timestep) : timestep);
    }
    grid.sigmas.push_back(0.0F);
    return grid;
}

// `steps` levels on the way from `first` to `last`, without `last` itself, shifted.
std::vector<double> shifted_levels(double first, double last, int steps, double shift) {
    std::vector<double> levels = even_levels(first, last, steps + 1);
    levels.pop_back();
    for (double& level : levels) level = shifted(level, shift);
    return levels;
}

// A level of exactly 1 has no logarithm of signal to noise.
void keep_below_one(std::vector<double>& levels) {
    constexpr double gap = 1e-6;
    if (std::abs(levels.front() - 1) < gap) levels.front() -= gap;
}

}  // namespace

double shifted(double sigma, double shift) {
    return shift * sigma / (1 + (shift - 1) * sigma);
}

SigmaGrid uniform_grid(int steps, double shift) {
    return grid_of(shifted_levels(1, 0, steps, shift), Timesteps::fractional);
}

SigmaGrid wan_grid(int steps, double shift) {
    std::vector<double> levels = shifted_levels(0.999, 0, steps, shift);
    keep_below_one(levels);
    return grid_of(levels, Timesteps::whole);
}

SigmaGrid diffusers_flow_grid(int steps, double shift) {
    std::vector<double> levels = shifted_levels(1, 1 / training_timesteps, steps, shift);
    keep_below_one(levels);
    return grid_of(levels, Timesteps::whole);
}

SigmaGrid diffusers_dpm_grid(int steps, double shift) {
    std::vector<double> levels = even_levels(1, 1 / training_timesteps, steps + 1);
    for (double& level : levels) level = shifted(1 - level, shift);
    std::reverse(levels.begin(), levels.end());
    levels.pop_back();
    return grid_of(levels, Timesteps::whole);
}

SigmaGrid diffusers_euler_grid(int steps, double shift) {
    const double sigma_min = shifted(1 / training_timesteps, shift);
    std::vector<double> levels = even_levels(1, sigma_min, steps);
    for (double& level : levels) level = shifted(level, shift);
    return grid_of(levels, Timesteps::fractional);
}

SigmaGrid given_sigmas_grid(std::span<const double> sigmas, double shift) {
    std::vector<double> levels;
    for (const double sigma : sigmas) levels.push_back(shifted(sigma, shift));
    return grid_of(levels, Timesteps::fractional);
}

SigmaGrid given_timesteps_grid(std::span<const double> timesteps, double shift) {
    SigmaGrid grid;
    for (const double timestep : timesteps) {
        double level = 1;
        double distance = training_timesteps;
        for (int i = static_cast<int>(training_timesteps); i > 0; --i) {
            const double trained = shifted(i / training_timesteps, shift);
            const double here = std::abs(trained * training_timesteps - timestep);
            if (here >= distance) continue;
            distance = here;
            level = trained;
        }
        grid.sigmas.push_back(static_cast<float>(level));
        grid.timesteps.push_back(timestep);
    }
    grid.sigmas.push_back(0.0F);
    return grid;
}

SigmaGrid from_step(const SigmaGrid& grid, int step) {
    NIGHTREEL_CHECK(0 <= step && step < grid.steps(), "a step of the grid");
    return {{grid.sigmas.begin() + step, grid.sigmas.end()},
            {grid.timesteps.begin() + step, grid.timesteps.end()}};
}

int first_step_of(int steps, double strength) {
    const int taken = static_cast<int>(steps * strength);
    if (taken < 1 || strength > 1) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("strength {}: of {} steps, at least one and at most all must be used",
                        strength,
                        steps));
    }
    return steps - taken;
}

SigmaGrid make_grid(Schedule schedule, int steps, double shift) {
    if (steps < 1) throw Error(ErrorKind::bad_input, "sampling requires at least one step");
    switch (schedule) {
        case Schedule::uniform:
            return uniform_grid(steps, shift);
        case Schedule::wan:
            return wan_grid(steps, shift);
        case Schedule::diffusers_flow:
            return diffusers_flow_grid(steps, shift);
        case Schedule::diffusers_dpm:
            return diffusers_dpm_grid(steps, shift);
        case Schedule::diffusers_euler:
            return diffusers_euler_grid(steps, shift);
    }
    NIGHTREEL_CHECK(false, "every schedule has a grid");
    return {};
}

SigmaGrid make_grid(const SamplingSettings& settings) {
    if (settings.sigmas) return given_sigmas_grid(*settings.sigmas, 1);
    if (settings.timesteps) return given_timesteps_grid(*settings.timesteps, settings.shift);
    return make_grid(settings.schedule, settings.steps, settings.shift);
}

}  // namespace nightreel
