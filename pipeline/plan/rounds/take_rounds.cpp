#include "pipeline/plan/rounds/take_rounds.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "pipeline/plan/estimate/estimate_cost.h"

namespace nightreel {

std::vector<TakeRound> rounds_of(const ResolvedShot& shot) {
    const std::int32_t all = takes_at_most(shot);
    std::vector<TakeRound> rounds;
    for (std::int32_t first = 1; first <= all; first += shot.takes) {
        const std::int32_t last = std::min(first + shot.takes - 1, all);
        rounds.push_back({first, last, std::min(shot.takes, all - last)});
    }
    return rounds;
}

std::string rank_task_name(const std::string& shot, const TakeRound& round, std::size_t number) {
    return round.next == 0 ? shot + ".rank" : fmt::format("{}.rank{:02}", shot, number);
}

PlannedTask rank_task(const ResolvedShot& shot,
                      const TakeRound& round,
                      std::size_t number,
                      const std::vector<MeasuredTake>& takes) {
    RankOrder order{.takes = {}, .keep = shot.keep.value_or(shot.takes)};
    if (round.next > 0) order.more = round.next;
    std::vector<std::uint32_t> needs;
    for (const MeasuredTake& take : takes) {
        order.takes.push_back({take.take, take.report});
        needs.push_back(take.task);
    }
    return {.name = rank_task_name(shot.name, round, number),
            .shot = shot.name,
            .take = 0,
            .order = std::move(order),
            .digest = {},
            .needs = std::move(needs),
            .cost = rank_cost(static_cast<std::int64_t>(takes.size()))};
}

}  // namespace nightreel
