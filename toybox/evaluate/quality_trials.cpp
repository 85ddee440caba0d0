#include "toybox/evaluate/quality_trials.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <fmt/format.h>

#include "pipeline/takes/quality/flags.h"
#include "pipeline/takes/quality/take_meter.h"
#include "toybox/evaluate/pieces.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t quality_seed = 4711;

// A descriptor of colours cannot always tell who has gone from who has changed beyond recognition:
// either flag leads to the right frames.
bool is_of_kind(FindingKind found, FindingKind asked) {
    const auto of_looks = [](FindingKind kind) {
        return kind == FindingKind::leaves || kind == FindingKind::changes;
    };
    return found == asked || (of_looks(found) && of_looks(asked));
}

}  // namespace

TakeMetrics report_of(const MadeTake& take) {
    const FrameRange frames{0, static_cast<std::int64_t>(take.frames.size()) - 1};
    MeteredTake metered{.frames = frames, .joints = take.joints};
    metered.characters.push_back({"the actor", {display_of(render_sheet(take.actor))}});
    TakeMeter meter(std::move(metered));
    for (const std::int64_t number : frames_to_preview(frames)) {
        meter.preview(take.frames[static_cast<std::size_t>(number)]);
    }
    for (const FrameRgb& frame : take.frames) meter.add(frame);
    return meter.finish();
}

bool is_flagged(const TakeMetrics& metrics) {
    return !flags_of(metrics.findings, {}).empty();
}

bool is_found(const TakeMetrics& metrics, const MadeTake& take, MadeFault fault) {
    const std::vector<Flag> flags = flags_of(metrics.findings, {});
    return std::any_of(flags.begin(), flags.end(), [&](const Flag& flag) {
        return is_of_kind(flag.kind, finding_for(fault)) && flag.frames.first <= take.fault.last &&
               flag.frames.last >= take.fault.first;
    });
}

std::size_t count_pieces(std::size_t threads,
                         std::size_t count,
                         const std::function<bool(std::size_t)>& holds) {
    std::vector<std::uint8_t> results(count, 0);
    share_pieces(threads, count, [&]() -> Piece {
        return [&](std::size_t i) { results[i] = holds(i) ? 1 : 0; };
    });
    return static_cast<std::size_t>(std::count(results.begin(), results.end(), 1));
}

void measure_quality(std::size_t threads, const QualityTrial& trial, const Report& report) {
    // The kinds of faults lie a thousand apart.
    const std::uint64_t seed = quality_seed + 1'000'000 * trial.seed;
    const auto report_share = [&](const std::string& name, std::size_t count) {
        fmt::print(stderr, "{}: {} of {}\n", name, count, trial.takes);
        report(share_figure(name, wilson(count, trial.takes)));
    };
    for (const auto& [fault, word] : EnumWords<MadeFault>::words) {
        const auto is_seen = [&, asked = fault](std::size_t number) {
            const MadeTake take = faulty_take(asked, seed, number);
            return is_found(report_of(take), take, asked);
        };
        report_share(fmt::format("quality.{}.found", word),
                     count_pieces(threads, trial.takes, is_seen));
    }
    report_share("quality.clean.flagged", count_pieces(threads, trial.takes, [&](std::size_t i) {
                     return is_flagged(report_of(clean_take(seed, i)));
                 }));
}

}  // namespace nightreel::toybox
