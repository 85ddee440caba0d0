#include "pipeline/sample/solver/frame_schedule.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

using BlockSteps = std::vector<std::int32_t>;

// Where every block stands one call later; `end` is one step past the last.
BlockSteps next_steps(const BlockSteps& before, std::int32_t lag, std::int32_t end) {
    BlockSteps next(before.size(), 0);
    for (std::size_t i = 0; i < before.size(); ++i) {
        // The first block that is not finished leads, the others follow at their distance.
        const bool leads = i == 0 || before[i - 1] >= end - 1;
        next[i] = leads ? before[i] + 1 : next[i - 1] - lag;
    }
    for (std::int32_t& step : next) step = std::clamp(step, 0, end);
    return next;
}

void check_lag(const FrameScheduleSettings& settings, std::int32_t steps) {
    const std::int32_t blocks = settings.frames / settings.block;
    const std::int32_t window_blocks = settings.window / settings.block;
    NIGHTREEL_CHECK(window_blocks > 0, "a window holds a block at least");
    if (window_blocks >= blocks || settings.lag * window_blocks >= steps) return;
    throw Error(
        ErrorKind::bad_input,
        fmt::format("diffusion forcing of {} latent frames in a window of {}: a lag of {} steps is "
                    "too small to keep active frames inside the window; {} at least is needed",
                    settings.frames,
                    settings.window,
                    settings.lag,
                    (steps + window_blocks - 1) / window_blocks));
}

FrameScheduleRow row_of(const BlockSteps& before,
                        const BlockSteps& now,
                        std::int32_t block,
                        std::span<const double> timesteps) {
    const auto end = static_cast<std::int32_t>(timesteps.size()) + 1;
    FrameScheduleRow row;
    for (std::size_t i = 0; i < now.size(); ++i) {
        const std::int32_t step = now[i];
        // A block that has not begun stands at the first noise level of training.
        constexpr std::int64_t not_begun = 999;
        const std::int64_t timestep =
            step == 0 ? not_begun
            : step == end
                ? 0
                : static_cast<std::int64_t>(timesteps[static_cast<std::size_t>(step - 1)]);
        const auto count = static_cast<std::size_t>(block);
        row.steps.insert(row.steps.end(), count, step);
        row.timesteps.insert(row.timesteps.end(), count, timestep);
        row.moves.insert(row.moves.end(), count, step != before[i] && step != end);
    }
    return row;
}

}  // namespace

std::vector<FrameScheduleRow> frame_schedule(const FrameScheduleSettings& settings,
                                             std::span<const double> timesteps) {
    NIGHTREEL_CHECK(settings.block > 0, "a block holds a frame at least");
    const auto steps = static_cast<std::int32_t>(timesteps.size());
    check_lag(settings, steps);
    const std::int32_t end = steps + 1;
    const std::int32_t window = settings.window / settings.block;
    BlockSteps now(static_cast<std::size_t>(settings.frames / settings.block), 0);
    std::fill_n(now.begin(),
                std::min(static_cast<std::size_t>(settings.ready / settings.block), now.size()),
                end);
    std::vector<FrameScheduleRow> rows;
    std::int32_t shown = window;  // blocks up to the window's end
    while (std::ranges::any_of(now, [&](std::int32_t step) { return step < end - 1; })) {
        const BlockSteps before = std::exchange(now, next_steps(now, settings.lag, end));
        FrameScheduleRow row = row_of(before, now, settings.block, timesteps);
        const auto blocks = static_cast<std::int32_t>(now.size());
        if (shown < blocks && row.moves[static_cast<std::size_t>(shown * settings.block)]) ++shown;
        row.window_begin = std::max(shown - window, 0) * settings.block;
        row.window_end = shown * settings.block;
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace nightreel
