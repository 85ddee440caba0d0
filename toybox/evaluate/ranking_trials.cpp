#include "toybox/evaluate/ranking_trials.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>

#include <fmt/format.h>

#include "pipeline/takes/ranking/ranking.h"
#include "toybox/evaluate/chained_take.h"
#include "toybox/evaluate/quality_trials.h"
#include "toybox/world/caption.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t shot_seed = 4411;
constexpr std::uint64_t draw_seed = 4412;
constexpr std::size_t takes_a_shot = 4;
constexpr int segments = 2;

// As the model's card has it for quality: draft.
SamplingSettings draft_sampling() {
    SamplingSettings sampling = recipe_sampling;
    sampling.steps = 12;
    return sampling;
}

constexpr std::array one_actor{Attribute::count};
constexpr std::array actor_as_asked{
    Attribute::count, Attribute::shape, Attribute::colour, Attribute::pattern, Attribute::size};

struct Shot {
    Record record;
    std::string caption;
};

Shot shot_of(std::size_t number) {
    Dice dice(shot_seed, number);
    Shot shot{.record = sample_record(dice, {.phases = 1}), .caption = {}};
    shot.caption = caption_of(shot.record, dice).text;
    return shot;
}

struct Trial {
    TakeMetrics report;
    bool right = false;   // the actor is as asked
    bool single = false;  // there is one actor
};

Trial try_take(ClipMaker& maker, const Detector& detector, std::size_t number, std::size_t take) {
    const Shot shot = shot_of(number);
    const ChainedTake made =
        make_chained_take(maker,
                          {.name = fmt::format("ranking {} take {}", number, take),
                           .caption = shot.caption,
                           .sampling = draft_sampling()},
                          shot.record.actors.front(),
                          segments);
    const Facts facts = facts_of(shot.record);
    return {report_of(made.take),
            shows(made.stream, facts, actor_as_asked, detector),
            shows(made.stream, facts, one_actor, detector)};
}

void say_take(std::size_t number, const Trial& trial) {
    const TakeToRank alone{1, trial.report};
    const RankedTake ranked = rank_takes({&alone, 1}, {.takes = {}, .keep = 1}).takes.front();
    fmt::print(stderr,
               "ranking: shot {} take {}: {}, {:.2f} points: {}\n",
               number / takes_a_shot + 1,
               number % takes_a_shot + 1,
               trial.right    ? "right"
               : trial.single ? "other looks"
                              : "wrong number",
               ranked.points,
               ranked.why);
}

// Which of them the report ranks first.
std::size_t best_of(std::span<const Trial> trials) {
    std::vector<TakeToRank> takes;
    for (std::size_t take = 0; take < trials.size(); ++take) {
        takes.push_back({static_cast<std::int32_t>(take) + 1, trials[take].report});
    }
    const Ranking ranking = rank_takes(takes, {.takes = {}, .keep = 1});
    return static_cast<std::size_t>(ranking.takes.front().take) - 1;
}

void say_shot(std::size_t number, std::span<const Trial> trials, std::size_t best) {
    std::string seen;
    for (const Trial& trial : trials) seen += trial.right ? '+' : '-';
    fmt::print(stderr,
               "ranking: shot {}: takes {}, take {} is ranked first: {}\n",
               number + 1,
               seen,
               best + 1,
               trials[best].right ? "right" : "wrong");
}

// Which of the takes of each shot the report ranks first, and one drawn with a fixed seed.
struct Choice {
    std::size_t ranked = 0;
    std::size_t drawn = 0;
};

std::vector<Figure> figures_of(const char* name,
                               std::span<const Trial> trials,
                               std::span<const Choice> choices,
                               bool Trial::*right) {
    std::size_t by_rank = 0;
    std::size_t by_chance = 0;
    std::size_t any = 0;
    std::size_t only_rank = 0;
    std::size_t only_chance = 0;
    for (std::size_t number = 0; number < choices.size(); ++number) {
        const auto of_shot = trials.subspan(number * takes_a_shot, takes_a_shot);
        const bool first = of_shot[choices[number].ranked].*right;
        const bool drawn = of_shot[choices[number].drawn].*right;
        by_rank += first ? 1U : 0U;
        by_chance += drawn ? 1U : 0U;
        any += std::ranges::any_of(of_shot, right) ? 1U : 0U;
        only_rank += first && !drawn ? 1U : 0U;
        only_chance += drawn && !first ? 1U : 0U;
    }
    fmt::print(stderr,
               "ranking: {}: {} shots right by rank alone, {} by chance alone\n",
               name,
               only_rank,
               only_chance);
    const double p = mcnemar(only_rank, only_chance);
    const auto share = [&](const char* what, std::size_t count) {
        return share_figure(fmt::format("ranking.{}.{}", name, what),
                            wilson(count, choices.size()));
    };
    return {share("ranked", by_rank),
            share("random", by_chance),
            share("any", any),
            {fmt::format("ranking.{}.mcnemar", name), p, {p, p}, std::nullopt, std::nullopt}};
}

}  // namespace

std::vector<Figure> measure_ranking(const Crew& crew, std::size_t shots) {
    const Detector detector;
    std::vector<Trial> trials(shots * takes_a_shot);
    share_work(crew, "ranking", trials.size(), [&](ClipMaker& maker, std::size_t i) {
        trials[i] = try_take(maker, detector, i / takes_a_shot, i % takes_a_shot);
        say_take(i, trials[i]);
    });
    std::vector<Choice> choices(shots);
    for (std::size_t number = 0; number < shots; ++number) {
        const std::span<const Trial> of_shot =
            std::span(trials).subspan(number * takes_a_shot, takes_a_shot);
        Dice dice(draw_seed, number);
        choices[number] = {best_of(of_shot), dice.below(takes_a_shot)};
        say_shot(number, of_shot, choices[number].ranked);
    }
    std::vector<Figure> figures = figures_of("as_asked", trials, choices, &Trial::right);
    for (Figure& figure : figures_of("one_actor", trials, choices, &Trial::single)) {
        figures.push_back(std::move(figure));
    }
    return figures;
}

}  // namespace nightreel::toybox
