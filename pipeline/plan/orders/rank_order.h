#pragma once
// The order of the task that ranks the takes of a shot by their quality reports. A plain value, any
// thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/quality_limits.h"

namespace nightreel {

// Points of a take for a figure that is at its limit; less below and more above it, up to `most`
// limits. The take with the fewest points is the best (docs/takes.md). The first ones are called
// like kinds of findings and count the worst finding of their kind.
struct RankWeights {
    double seam = 3;
    double colour_jump = 2;
    double colour_drift = 2;
    double brightness_drift = 1;
    double contrast_drift = 1;
    double sharpness_drift = 1;
    double flicker = 2;
    double freeze = 10;
    double repeat = 2;
    double returns = 10;
    double black = 10;
    double broken = 10;
    double missing = 10;
    double doubles = 6;
    double leaves = 6;
    double changes = 4;
    double looks = 4;          // distance of a character's colours from its reference
    double unseen = 4;         // share of the frames without a character
    double looks_limit = 0.5;  // that distance at its limit
    double seam_unseen = 1;    // value of a joint that is not seen: it counts from there
    double most = 4;           // limits beyond which nothing more is counted
};

template <class Visitor>
void describe_kinds(RankWeights& value, Visitor& field) {
    field("seam", value.seam, {.meaning = "Visible joint."});
    field("colour_jump", value.colour_jump, {.meaning = "Step of the colour at a joint."});
    field("colour_drift", value.colour_drift, {.meaning = "Drift of a colour channel."});
    field("brightness_drift", value.brightness_drift, {.meaning = "Drift of the brightness."});
    field("contrast_drift", value.contrast_drift, {.meaning = "Drift of the contrast."});
    field("sharpness_drift", value.sharpness_drift, {.meaning = "Drift of the sharpness."});
    field("flicker", value.flicker, {.meaning = "Flicker."});
    field("freeze", value.freeze, {.meaning = "Frames that are the same."});
    field("repeat", value.repeat, {.meaning = "Frames that repeat the one before."});
    field("returns", value.returns, {.meaning = "Frames that were shown before."});
    field("black", value.black, {.meaning = "Black frames."});
    field("broken", value.broken, {.meaning = "Frames with NaN or infinity."});
    field("missing", value.missing, {.meaning = "Character that is in no frame."});
    field("doubles", value.doubles, {.meaning = "Character that is seen twice."});
    field("leaves", value.leaves, {.meaning = "Character that vanishes away from the edges."});
    field("changes", value.changes, {.meaning = "Character that changes its looks."});
}

template <class Visitor>
void describe(RankWeights& value, Visitor& field) {
    describe_kinds(value, field);
    field("looks", value.looks, {.meaning = "Distance of a character from its reference."});
    field("unseen", value.unseen, {.meaning = "Share of the frames without a character."});
    field("looks_limit", value.looks_limit, {.meaning = "Distance that is at its limit."});
    field("seam_unseen", value.seam_unseen, {.meaning = "Value of a joint that is not seen."});
    field("most", value.most, {.meaning = "Limits beyond which nothing more is counted."});
}

struct RankedReport {
    std::int32_t take = 1;
    Digest report;
};

template <class Visitor>
void describe(RankedReport& value, Visitor& field) {
    field("take", value.take, {.meaning = "Take number."});
    field("report", value.report, {.meaning = "Digest of the measure task's result."});
}

// Result: ranking.json (pipeline/takes/ranking/ranking.h) and SHA256SUMS.
struct RankOrder {
    std::vector<RankedReport> takes;  // by number; all of the shot up to this round
    std::int32_t keep = 1;
    RankWeights weights = {};
    // What makes a take unusable. Those of the site decide flags only: a result must not depend on
    // the machine that makes it.
    QualityLimits limits = {};
    std::optional<std::int32_t> more = {};  // takes of the next round; absent: this is the last one
};

template <class Visitor>
void describe(RankOrder& value, Visitor& field) {
    field("takes", value.takes, {.meaning = "Takes with their reports."});
    field("keep", value.keep, {.meaning = "Number of takes to keep."});
    field("weights", value.weights, {.meaning = "Penalty points."});
    field("limits", value.limits, {.meaning = "Limits from which a take is not usable."});
    field("more",
          value.more,
          {.meaning = "Number of takes of the next round, which is made if too few are usable."});
}

}  // namespace nightreel
