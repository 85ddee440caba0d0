#include "pipeline/takes/ranking/ranking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "pipeline/takes/quality/flags.h"

namespace nightreel {
namespace {

// In the order of FindingKind.
double weight_of(const RankWeights& weights, FindingKind kind) {
    const std::array of_kinds{weights.seam,
                              weights.colour_jump,
                              weights.colour_drift,
                              weights.brightness_drift,
                              weights.contrast_drift,
                              weights.sharpness_drift,
                              weights.flicker,
                              weights.freeze,
                              weights.repeat,
                              weights.returns,
                              weights.black,
                              weights.broken,
                              weights.missing,
                              weights.doubles,
                              weights.leaves,
                              weights.changes};
    static_assert(of_kinds.size() == EnumWords<FindingKind>::words.size());
    return of_kinds.at(static_cast<std::size_t>(kind));
}

// To a thousandth: what is written is what decides.
double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

class Scorer {
  public:
    explicit Scorer(const RankOrder& order) : order_(order) {}

    RankedTake score(const TakeToRank& take) const {
        RankedTake ranked{.take = take.take, .usable = true};
        for (const auto& [kind, word] : EnumWords<FindingKind>::words) {
            add_finding(ranked, take.metrics, kind, std::string(word));
        }
        add_characters(ranked, take.metrics);
        std::stable_sort(ranked.parts.begin(),
                         ranked.parts.end(),
                         [](const RankPart& a, const RankPart& b) { return a.points > b.points; });
        ranked.points = rounded(ranked.points);
        return ranked;
    }

  private:
    void add_finding(RankedTake& ranked,
                     const TakeMetrics& metrics,
                     FindingKind kind,
                     std::string word) const {
        double worst = 0;
        for (const Finding& finding : metrics.findings) {
            if (finding.kind == kind) worst = std::max(worst, finding.value);
        }
        const double limit = limit_of(order_.limits, kind);
        if (worst <= 0 || limit <= 0) return;
        if (worst >= limit) {
            ranked.usable = false;
            ranked.failed = ranked.failed || is_hard_failure(kind);
        }
        add(ranked, {std::move(word), worst, limit}, weight_of(order_.weights, kind));
    }

    // The worst of all characters.
    void add_characters(RankedTake& ranked, const TakeMetrics& metrics) const {
        double distance = 0;
        double unseen = 0;
        for (const CharacterMetric& character : metrics.characters) {
            if (character.not_measured) continue;
            distance = std::max(distance, character.reference_distance);
            unseen = std::max(unseen, 1 - character.seen);
        }
        add(ranked, {"looks", distance, order_.weights.looks_limit}, order_.weights.looks);
        add(ranked, {"unseen", unseen, 1}, order_.weights.unseen);
    }

    void add(RankedTake& ranked, RankPart part, double weight) const {
        const double from = part.what == "seam" ? order_.weights.seam_unseen : 0;
        const double share = (part.value - from) / (part.limit - from);
        part.points = rounded(weight * std::min(share, order_.weights.most));
        if (part.points <= 0) return;
        ranked.points += part.points;
        ranked.parts.push_back(std::move(part));
    }

    const RankOrder& order_;
};

std::string why_of(const RankedTake& take) {
    constexpr std::size_t named = 3;
    if (take.parts.empty()) return "nothing stands out";
    std::string text = take.failed ? "hard failure: " : "";
    for (std::size_t i = 0; i < std::min(named, take.parts.size()); ++i) {
        const RankPart& part = take.parts[i];
        text += fmt::format(
            "{}{} {:.3g} (limit {:.3g})", i == 0 ? "" : ", ", part.what, part.value, part.limit);
    }
    return text;
}

bool is_better(const RankedTake& a, const RankedTake& b) {
    return std::tie(a.failed, a.points, a.take) < std::tie(b.failed, b.points, b.take);
}

}  // namespace

bool is_hard_failure(FindingKind kind) {
    switch (kind) {
        case FindingKind::broken:
        case FindingKind::black:
        case FindingKind::freeze:
        case FindingKind::returns:
        case FindingKind::missing:
        case FindingKind::doubles:
        case FindingKind::leaves:
            return true;
        default:
            return false;
    }
}

Ranking rank_takes(std::span<const TakeToRank> takes, const RankOrder& order) {
    Ranking ranking;
    const Scorer scorer(order);
    for (const TakeToRank& take : takes) ranking.takes.push_back(scorer.score(take));
    std::sort(ranking.takes.begin(), ranking.takes.end(), is_better);
    std::int32_t place = 0;
    for (RankedTake& take : ranking.takes) {
        take.place = ++place;
        take.kept = place <= order.keep;
        take.why = why_of(take);
        ranking.usable += take.usable ? 1 : 0;
    }
    if (order.more) ranking.more = ranking.usable < order.keep;
    return ranking;
}

Ranking in_short(Ranking ranking) {
    for (RankedTake& take : ranking.takes) take.parts.clear();
    return ranking;
}

}  // namespace nightreel
