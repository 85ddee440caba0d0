#include "pipeline/plan/strategy/window_rounds.h"

#include <algorithm>

#include <fmt/format.h>

namespace nightreel {

std::vector<std::size_t> windows_shown_by(const std::vector<LatentWindow>& windows,
                                          std::size_t window) {
    const LatentWindow& own = windows.at(window);
    std::vector<std::size_t> shown;
    for (std::size_t index = 0; index < windows.size(); ++index) {
        const LatentWindow& other = windows[index];
        if (other.own_first() < own.end() && own.first < other.end()) shown.push_back(index);
    }
    return shown;
}

std::vector<PlannedRound> plan_window_rounds(const std::vector<LatentWindow>& windows,
                                             std::int32_t steps,
                                             std::int32_t exchange) {
    std::vector<PlannedRound> planned;
    const auto give = [&](PlannedRound& task, std::size_t window) {
        const std::size_t last_round = planned.size() / windows.size() - 1;
        task.round.states.push_back({static_cast<std::int32_t>(window), {}});
        task.states_of.push_back(last_round * windows.size() + window);
    };
    for (std::int32_t first = 0; first < steps; first += exchange) {
        std::vector<PlannedRound> round;
        for (std::size_t window = 0; window < windows.size(); ++window) {
            PlannedRound task{
                .name = fmt::format("sample_r{:02}_w{:02}", first / exchange + 1, window + 1),
                .round = {.window = static_cast<std::int32_t>(window),
                          .step_first = first,
                          .step_end = std::min(first + exchange, steps)}};
            if (first > 0) {
                for (const std::size_t shown : windows_shown_by(windows, window)) give(task, shown);
            }
            round.push_back(std::move(task));
        }
        planned.insert(planned.end(), round.begin(), round.end());
    }
    PlannedRound join{.name = "sample_join", .round = {.step_first = steps, .step_end = steps}};
    for (std::size_t window = 0; window < windows.size(); ++window) give(join, window);
    planned.push_back(std::move(join));
    return planned;
}

}  // namespace nightreel
