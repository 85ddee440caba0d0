#include "pipeline/plan/plan_night.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "pipeline/plan/approximation_text.h"
#include "pipeline/plan/edit/storyboard_prompts.h"
#include "pipeline/plan/estimate/estimate_cost.h"
#include "pipeline/plan/plan_sums.h"
#include "pipeline/plan/retime_plan.h"
#include "pipeline/plan/rounds/take_rounds.h"
#include "pipeline/plan/strategy/take_plan.h"
#include "pipeline/plan/take_tasks.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

const ModelCard& card_of(const ResolvedNight& night, const ResolvedShot& shot) {
    const auto found = std::find_if(night.models.begin(),
                                    night.models.end(),
                                    [&](const ModelCard& card) { return card.name == shot.model; });
    if (found == night.models.end()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("model {} is not among the night's models", shot.model));
    }
    return *found;
}

Placed add_encode(GraphBuilder& graph, const ShotContext& context) {
    const ResolvedShot& shot = context.shot;
    return graph.add({.name = shot.name + ".encode",
                      .shot = shot.name,
                      .take = 0,
                      .order = EncodeOrder{.model = context.model,
                                           .prompts = prompts_of(shot),
                                           .negative_prompt = shot.negative_prompt,
                                           .references = shot.references,
                                           .keys = shot.keys,
                                           .size = shot.size,
                                           .device_class = shot.device_class},
                      .digest = {},
                      .needs = {},
                      .cost = encode_cost(shot, context.card, context.options.machine)});
}

// Round after round, each behind the ranking of those before it.
void add_takes(GraphBuilder& graph, const ShotContext& context, const Placed& encode) {
    std::vector<MeasuredTake> measured;
    std::optional<Placed> rank;
    std::size_t number = 0;
    for (const TakeRound& round : rounds_of(context.shot)) {
        for (std::int32_t take = round.first; take <= round.last; ++take) {
            const Placed metrics = add_take(graph, context, take, encode, rank);
            measured.push_back({take, metrics.index, metrics.digest});
        }
        if (!is_ranked(context.shot)) return;
        rank = graph.add(rank_task(context.shot, round, ++number, measured));
    }
}

ShotPlan plan_shot(GraphBuilder& graph,
                   const ResolvedNight& night,
                   const ResolvedShot& shot,
                   const PlanOptions& options) {
    const ModelCard& card = card_of(night, shot);
    const auto version = options.versions.find(shot.name);
    ShotPlan plan{.shot = shot.name,
                  .model = shot.model,
                  .size = shot.size,
                  .rate = delivered_rate(shot),
                  .frames = delivered_frames(shot),
                  .takes = takes_at_most(shot),
                  .keep = shot.keep,
                  .first_round = shot.at_most ? std::optional(shot.takes) : std::nullopt,
                  .version = version == options.versions.end() ? 1 : version->second,
                  .segments = take_plan(shot, card),
                  .strategy = shot.strategy,
                  .edit = shot.edit ? std::optional(shot.edit->verb) : std::nullopt,
                  .approximation = approximation_text(shot.sampling, card),
                  .recipe = shot.recipe,
                  .rate_note = rate_text(shot)};
    refuse_unused_cards(shot, card, plan.segments);
    const ShotContext context{.night = night,
                              .shot = shot,
                              .card = card,
                              .options = options,
                              .segments = plan.segments,
                              .model = {card.name, card.folder, card.digest},
                              .version = plan.version};
    const Placed encode = add_encode(graph, context);
    add_takes(graph, context, encode);
    return plan;
}

bool is_last_ranking(const TaskOrder& order) {
    const auto* rank = std::get_if<RankOrder>(&order);
    return rank != nullptr && !rank->more;
}

// Whatever becomes of the takes, somebody wants to see it in the morning.
void add_dailies(GraphBuilder& graph, const ResolvedNight& night, const std::string& root) {
    PlannedTask task{.name = dailies_task,
                     .shot = {},
                     .order = DailiesOrder{.root = root,
                                           .folder = night.show + "/dailies",
                                           .show = night.show,
                                           .night = night.digest},
                     .digest = {},
                     .needs = {},
                     .cost = {}};
    const std::vector<PlannedTask>& tasks = graph.tasks();
    std::int64_t media_bytes = 0;
    for (std::uint32_t index = 0; index < tasks.size(); ++index) {
        const TaskKind kind = kind_of(tasks[index].order);
        if (kind == TaskKind::publish || is_last_ranking(tasks[index].order)) {
            task.after.push_back(index);
        }
        if (kind == TaskKind::proxy) media_bytes += tasks[index].cost.disk_bytes;
    }
    task.cost = dailies_cost(std::ssize(task.after), media_bytes);
    graph.add(std::move(task));
}

void refuse_shared_folders(const TaskGraph& graph) {
    std::unordered_map<std::string_view, std::string_view> folders;
    for (const PlannedTask& task : graph.tasks) {
        const auto* publish = std::get_if<PublishOrder>(&task.order);
        if (publish == nullptr) continue;
        const auto [found, is_new] = folders.try_emplace(publish->folder, task.name);
        if (is_new) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} and {} have the same output folder {}; use {{shot}} and "
                                "{{take}} in the output template",
                                found->second,
                                task.name,
                                publish->folder));
    }
}

}  // namespace

NightPlan plan_night(const ResolvedNight& night, const PlanOptions& options) {
    NightPlan plan{
        .show = night.show, .night = night.digest, .roots = {{options.root, options.output_path}}};
    GraphBuilder graph;
    std::unordered_set<std::string_view> names;
    for (const ResolvedShot& shot : night.shots) {
        in_context("shot " + shot.name, [&] {
            if (shot.name == dailies_task) {
                throw Error(ErrorKind::bad_input, "a shot cannot be named dailies");
            }
            if (!names.insert(shot.name).second) {
                throw Error(ErrorKind::bad_input, "duplicate shot name");
            }
            plan.shots.push_back(plan_shot(graph, night, shot, options));
        });
    }
    add_dailies(graph, night, options.root);
    plan.graph = graph.take();
    refuse_shared_folders(plan.graph);
    plan.basis = apply_rates(plan.graph, options.rates, options.rates_of);
    add_up(plan);
    return plan;
}

}  // namespace nightreel
