#pragma once
// The tasks of a take whose windows are tasks of their own. Pure, any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/plan/orders/window_round.h"
#include "pipeline/plan/strategy/window_plan.h"

namespace nightreel {

// Windows whose latent frames that one shows, itself included, in order.
std::vector<std::size_t> windows_shown_by(const std::vector<LatentWindow>& windows,
                                          std::size_t window);

// A task to be: its last name and its steps. The states are still without digests.
struct PlannedRound {
    std::string name;  // "sample_r02_w03", and at the end "sample_join"
    WindowRound round;
    std::vector<std::size_t> states_of;  // tasks before this one, by their index in the plan
};

// In an order in which each stands behind those that it needs. `exchange`: steps of a round; the
// last round has what is left.
std::vector<PlannedRound> plan_window_rounds(const std::vector<LatentWindow>& windows,
                                             std::int32_t steps,
                                             std::int32_t exchange);

}  // namespace nightreel
