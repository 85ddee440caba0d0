#include "pipeline/takes/quality/flags.h"

#include <algorithm>

#include <fmt/format.h>

namespace nightreel {
namespace {

std::string place_of(const FrameRange& frames) {
    if (frames.first == frames.last) return fmt::format("Frame {}", frames.first);
    return fmt::format("Frames {} to {}", frames.first, frames.last);
}

std::string drift_text(const Finding& finding, std::string_view what, std::string_view unit) {
    return fmt::format("{}: {} changes by {:.1f} {} over the take.",
                       place_of(finding.frames),
                       what,
                       finding.value,
                       unit);
}

std::string picture_text(const Finding& finding) {
    const std::string place = place_of(finding.frames);
    switch (finding.kind) {
        case FindingKind::seam:
            return fmt::format(
                "{}: visible joint of two segments, the picture changes {:.1f} "
                "times as much as elsewhere in the take.",
                place,
                finding.value);
        case FindingKind::colour_jump:
            return fmt::format(
                "{}: the colour jumps by {:.1f} code values at a joint.", place, finding.value);
        case FindingKind::colour_drift:
            return drift_text(finding, finding.about.value_or("colour"), "code values");
        case FindingKind::brightness_drift:
            return drift_text(finding, "brightness", "code values");
        case FindingKind::contrast_drift:
            return drift_text(finding, "contrast", "%");
        case FindingKind::sharpness_drift:
            return drift_text(finding, "sharpness", "%");
        default:
            return fmt::format(
                "{}: the brightness flickers by {:.1f} code values.", place, finding.value);
    }
}

std::string text_of_finding(const Finding& finding) {
    const std::string place = place_of(finding.frames);
    const std::string who = finding.about.value_or("the character");
    switch (finding.kind) {
        case FindingKind::freeze:
            return place + ": the picture stands still while the take moves.";
        case FindingKind::repeat:
            return place + ": repeats the frame before.";
        case FindingKind::returns:
            return fmt::format("{}: shows frames {} again.", place, finding.about.value_or(""));
        case FindingKind::black:
            return place + ": black.";
        case FindingKind::broken:
            return place + ": contains NaN or infinity.";
        case FindingKind::missing:
            return fmt::format("{}: nothing looks like the reference picture of {}.", place, who);
        case FindingKind::doubles:
            return fmt::format("{}: {} is seen twice.", place, who);
        case FindingKind::leaves:
            return fmt::format(
                "{}: {} is gone without leaving the picture at an edge.", place, who);
        case FindingKind::changes:
            return fmt::format("{}: {} changes its looks.", place, who);
        default:
            return picture_text(finding);
    }
}

}  // namespace

double limit_of(const QualityLimits& limits, FindingKind kind) {
    switch (kind) {
        case FindingKind::seam:
            return limits.seam;
        case FindingKind::colour_jump:
            return limits.colour_jump;
        case FindingKind::colour_drift:
            return limits.colour_drift;
        case FindingKind::brightness_drift:
            return limits.brightness_drift;
        case FindingKind::contrast_drift:
            return limits.contrast_drift;
        case FindingKind::sharpness_drift:
            return limits.sharpness_drift;
        case FindingKind::flicker:
            return limits.flicker;
        case FindingKind::freeze:
            return limits.freeze;
        case FindingKind::repeat:
            return limits.repeat;
        case FindingKind::returns:
            return limits.returns;
        case FindingKind::black:
            return limits.black;
        case FindingKind::broken:
            return limits.broken;
        case FindingKind::missing:
            return limits.missing;
        case FindingKind::doubles:
            return limits.doubles;
        case FindingKind::leaves:
            return limits.leaves;
        case FindingKind::changes:
            return limits.changes;
    }
    return 0;
}

std::vector<Flag> flags_of(const std::vector<Finding>& findings, const QualityLimits& limits) {
    std::vector<Flag> flags;
    for (const Finding& finding : findings) {
        const double limit = limit_of(limits, finding.kind);
        if (limit <= 0 || finding.value < limit) continue;
        flags.push_back(
            {finding.kind, finding.frames, finding.value, limit, text_of_finding(finding)});
    }
    std::stable_sort(flags.begin(), flags.end(), [](const Flag& a, const Flag& b) {
        return a.value / a.limit > b.value / b.limit;
    });
    return flags;
}

std::string short_text_of(const std::vector<Flag>& flags) {
    if (flags.empty()) return {};
    std::string text = flags.front().text;
    if (flags.size() > 1) text += fmt::format(" And {} more.", flags.size() - 1);
    return text;
}

}  // namespace nightreel
