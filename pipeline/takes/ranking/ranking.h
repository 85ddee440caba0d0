#pragma once
// The takes of a shot in the order of their quality, by their reports alone (docs/takes.md). Pure;
// any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/plan/orders/rank_order.h"
#include "pipeline/takes/quality/take_metrics.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// Figures of the report that cost a take points.
struct RankPart {
    std::string what;  // a kind of finding, `looks` or `unseen`
    double value = 0;
    double limit = 0;
    double points = 0;
};

template <class Visitor>
void describe(RankPart& value, Visitor& field) {
    field("what", value.what, {.meaning = "Kind of finding, looks or unseen."});
    field("value", value.value, {.meaning = "Measured value, the worst of the take."});
    field("limit", value.limit, {.meaning = "Its limit."});
    field("points", value.points, {.meaning = "Points."});
}

struct RankedTake {
    std::int32_t take = 1;
    std::int32_t place = 1;  // 1 is the best
    bool kept = false;
    bool usable = false;               // nothing reaches its limit
    bool failed = false;               // something that is a hard failure does
    double points = 0;                 // fewer are better
    std::vector<RankPart> parts = {};  // most points first
    std::string why;                   // one line
};

template <class Visitor>
void describe(RankedTake& value, Visitor& field) {
    field("take", value.take, {.meaning = "Take number."});
    field("place", value.place, {.meaning = "Place among the takes of the shot; 1 is the best."});
    field("kept", value.kept, {.meaning = "Whether it is kept; the others are alternates."});
    field("usable", value.usable, {.meaning = "Whether nothing in it reaches its limit."});
    field("failed", value.failed, {.meaning = "Whether it has a hard failure."});
    field("points", value.points, {.meaning = "Points; fewer are better."});
    field("parts", value.parts, {.meaning = "What the points are for, most first."});
    field("why", value.why, {.meaning = "The same in one line."});
}

struct Ranking {
    std::int32_t format = 1;
    std::vector<RankedTake> takes;  // the best first
    std::int32_t usable = 0;
    // Whether the next round of takes is made; absent: no round follows.
    std::optional<bool> more = {};
    // Takes of rounds that were not needed.
    std::vector<std::int32_t> not_needed = {};
};

template <class Visitor>
void describe(Ranking& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this record."});
    field("takes", value.takes, {.meaning = "Takes, the best first."});
    field("usable", value.usable, {.meaning = "Number of usable takes."});
    field("more", value.more, {.meaning = "Whether a further round of takes is made."});
    field("not_needed", value.not_needed, {.meaning = "Takes of rounds that were not needed."});
}

struct TakeToRank {
    std::int32_t take = 1;
    TakeMetrics metrics;
};

// Whether a finding that reaches the limit of this kind makes a take worse than every take without
// one: frames that show nothing, or not what was asked for.
bool is_hard_failure(FindingKind kind);

// A take without a hard failure stands before every one with it; then the fewest points decide,
// then the lowest number. The order in which takes are given changes nothing. The first `keep` are
// kept; of takes with hard failures only as many as are missing.
Ranking rank_takes(std::span<const TakeToRank> takes, const RankOrder& order);

// What a rank task tells of its result: the order, without the parts.
Ranking in_short(Ranking ranking);

}  // namespace nightreel
