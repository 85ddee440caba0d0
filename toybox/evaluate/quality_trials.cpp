#include "toybox/evaluate/quality_trials.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "pipeline/takes/quality/flags.h"
#include "pipeline/takes/quality/take_meter.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t quality_seed = 4711;

FrameRgb display_of(const Frame& frame) {
    FrameRgb display{frame_width, frame_height, {}};
    for (const std::uint8_t code : frame.rgb) {
        display.rgb.push_back(static_cast<float>(code) / 255.0F);
    }
    return display;
}

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

std::vector<Figure> measure_quality(std::size_t takes) {
    std::vector<Figure> figures;
    for (const auto& [fault, word] : EnumWords<MadeFault>::words) {
        std::size_t found = 0;
        for (std::size_t number = 0; number < takes; ++number) {
            const MadeTake take = faulty_take(fault, quality_seed, number);
            found += is_found(report_of(take), take, fault) ? std::size_t{1} : std::size_t{0};
        }
        figures.push_back(
            share_figure(fmt::format("quality.{}.found", word), wilson(found, takes)));
    }
    std::size_t flagged = 0;
    for (std::size_t number = 0; number < takes; ++number) {
        flagged += is_flagged(report_of(clean_take(quality_seed, number))) ? std::size_t{1}
                                                                           : std::size_t{0};
    }
    figures.push_back(share_figure("quality.clean.flagged", wilson(flagged, takes)));
    return figures;
}

}  // namespace nightreel::toybox
