#pragma once
// Settings that say which noise levels the steps of sampling have, and which of them contradict
// each other. Pure, any thread.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shotspec/card/sampling_settings.h"

namespace nightreel {

inline constexpr std::size_t levels_max = 1000;  // as many steps as can be asked for

// What is wrong with levels that are given one by one; empty: nothing is.
std::string sigmas_problem(std::span<const double> sigmas);        // (0, 1], falling
std::string timesteps_problem(std::span<const double> timesteps);  // (0, 1000], falling

// Something wrong with one field of the settings.
struct LevelProblem {
    std::string field;
    std::string message;
};

// Completes settings that one document gives: `steps` is the number of levels where they are
// listed, and what a list takes the place of is put to its neutral value. `is_written` tells
// whether the document has a field.
std::vector<LevelProblem> complete_levels(
    SamplingSettings& sampling, const std::function<bool(std::string_view field)>& is_written);

// Steps that the expert for high noise takes do not leave any to the other; empty: they do.
std::string switch_problem(const SamplingSettings& sampling);

}  // namespace nightreel
