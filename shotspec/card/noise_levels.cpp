#include "shotspec/card/noise_levels.h"

#include <fmt/format.h>

namespace nightreel {
namespace {

std::string problem_of(std::span<const double> levels, double most) {
    if (levels.empty()) return "is empty; give a value for each step, or leave it out";
    if (levels.size() > levels_max) {
        return fmt::format("{} values: expected at most {}", levels.size(), levels_max);
    }
    double before = 0;
    for (const double level : levels) {
        if (!(level > 0) || level > most) {
            return fmt::format("invalid value {}: expected numbers above 0, up to {}", level, most);
        }
        if (before > 0 && level >= before) {
            return fmt::format("{} follows {}: expected falling numbers", level, before);
        }
        before = level;
    }
    return {};
}

}  // namespace

std::string sigmas_problem(std::span<const double> sigmas) {
    return problem_of(sigmas, 1);
}

std::string timesteps_problem(std::span<const double> timesteps) {
    constexpr double training_timesteps = 1000;
    return problem_of(timesteps, training_timesteps);
}

std::vector<LevelProblem> complete_levels(
    SamplingSettings& sampling, const std::function<bool(std::string_view field)>& is_written) {
    std::vector<LevelProblem> problems;
    if (sampling.sigmas && sampling.timesteps) {
        problems.push_back({"timesteps", "conflicts with sigmas; give only one of them"});
        return problems;
    }
    const bool has_sigmas = sampling.sigmas.has_value();
    if (has_sigmas || sampling.timesteps) {
        const std::vector<double>& list = has_sigmas ? *sampling.sigmas : *sampling.timesteps;
        const char* const name = has_sigmas ? "sigmas" : "timesteps";
        std::string problem = has_sigmas ? sigmas_problem(list) : timesteps_problem(list);
        if (!problem.empty()) return {{name, std::move(problem)}};
        const auto count = static_cast<std::int32_t>(list.size());
        if (is_written("steps") && sampling.steps != count) {
            problems.push_back(
                {"steps",
                 fmt::format(
                     "is {}, but {} has {} values; remove steps", sampling.steps, name, count)});
        }
        if (is_written("schedule")) {
            problems.push_back({"schedule", fmt::format("conflicts with {}; remove one", name)});
        }
        if (has_sigmas && is_written("shift")) {
            problems.push_back({"shift", "has no effect on sigmas, which are final; remove one"});
        }
        sampling.steps = count;
        sampling.schedule = Schedule::uniform;
        if (has_sigmas) sampling.shift = 1;
    }
    std::string problem = switch_problem(sampling);
    if (!problem.empty()) problems.push_back({"switch_at_step", std::move(problem)});
    return problems;
}

std::string switch_problem(const SamplingSettings& sampling) {
    if (!sampling.switch_at_step || *sampling.switch_at_step < sampling.steps) return {};
    return fmt::format("is {}, but there are {} steps: expected 1 to {}",
                       *sampling.switch_at_step,
                       sampling.steps,
                       sampling.steps - 1);
}

}  // namespace nightreel
