#include "pipeline/plan/plan_night.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "pipeline/plan/approximation_text.h"
#include "pipeline/plan/estimate/estimate_cost.h"
#include "pipeline/plan/noise_seed.h"
#include "pipeline/plan/plan_sums.h"
#include "pipeline/plan/retime_plan.h"
#include "pipeline/plan/segment_loras.h"
#include "pipeline/plan/spec_digest.h"
#include "pipeline/plan/strategy/key_array.h"
#include "pipeline/plan/strategy/take_plan.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/night/output_template.h"

namespace nightreel {
namespace {

constexpr std::int64_t tasks_max = 10'000'000;  // of a night

struct DigestHash {
    std::size_t operator()(const Digest& digest) const {
        std::size_t hash = 0;
        for (std::size_t index = 0; index < sizeof(hash); ++index) {
            hash = hash << 8U | digest.bytes[index];
        }
        return hash;
    }
};

// A task of the graph: where it stands and how it is named.
struct Placed {
    std::uint32_t index = 0;
    Digest digest;
};

// Grows a graph in which every piece of work stands once.
class GraphBuilder {
  public:
    Placed add(PlannedTask task) {
        task.digest = digest_of(task.order);
        const auto [found, is_new] =
            by_digest_.try_emplace(task.digest, static_cast<std::uint32_t>(graph_.tasks.size()));
        const Placed placed{found->second, task.digest};
        if (!is_new) return placed;
        for (const auto* others : {&task.needs, &task.after}) {
            for (const std::uint32_t other : *others) {
                NIGHTREEL_CHECK(other < placed.index, "a task stands after what it waits for");
            }
        }
        graph_.tasks.push_back(std::move(task));
        if (std::ssize(graph_.tasks) > tasks_max) {
            throw Error(
                ErrorKind::bad_input,
                fmt::format("the night has more than {} tasks; split the night file", tasks_max));
        }
        return placed;
    }

    const std::vector<PlannedTask>& tasks() const { return graph_.tasks; }

    TaskGraph take() { return std::move(graph_); }

  private:
    TaskGraph graph_;
    std::unordered_map<Digest, std::uint32_t, DigestHash> by_digest_;
};

// Everything that the tasks of one shot are made from; borrowed for the length of plan_night.
struct ShotContext {
    const ResolvedNight& night;
    const ResolvedShot& shot;
    const ModelCard& card;
    const PlanOptions& options;
    const SegmentPlan& segments;
    ModelReference model;
    std::int32_t version = 1;
};

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

// As the night has it.
std::uint64_t seed_of(const ResolvedShot& shot, std::int32_t take) {
    return shot.take_seeds.empty() ? shot.seed : noise_seed_of(shot, take);
}

TakeFacts facts_of(const ShotContext& context, std::int32_t take) {
    const ResolvedShot& shot = context.shot;
    return {.show = context.night.show,
            .sequence = shot.sequence,
            .shot = shot.name,
            .take = take,
            .version = context.version,
            .size = shot.size,
            .rate = delivered_rate(shot),
            .frames = delivered_frames(shot),
            .handles = shot.handles,
            .model = shot.model,
            .seed = seed_of(shot, take),
            .noise_seed = noise_seed_text(noise_seed_of(shot, take)),
            .prompt = shot.prompt,
            .negative_prompt = shot.negative_prompt,
            .spec = spec_digest(shot, context.card)};
}

Placed add_encode(GraphBuilder& graph, const ShotContext& context) {
    const ResolvedShot& shot = context.shot;
    return graph.add({.name = shot.name + ".encode",
                      .shot = shot.name,
                      .take = 0,
                      .order = EncodeOrder{.model = context.model,
                                           .prompts = {shot.prompt},
                                           .negative_prompt = shot.negative_prompt,
                                           .references = shot.references,
                                           .keys = shot.keys,
                                           .size = shot.size,
                                           .device_class = shot.device_class},
                      .digest = {},
                      .needs = {},
                      .cost = encode_cost(shot, context.card, context.options.machine)});
}

// Adds the tasks of one take.
class TakePlanner {
  public:
    TakePlanner(GraphBuilder& graph, const ShotContext& context, std::int32_t take)
        : graph_(graph),
          context_(context),
          shot_(context.shot),
          take_(take),
          prefix_(fmt::format("{}.take{:02}.", shot_.name, take)),
          facts_(facts_of(context, take)) {}

    void add_tasks(const Placed& encode) {
        add_samples(encode);
        const Placed frames = add_decode();
        const Placed metrics = add_measure(frames);
        const Placed delivered = add_retime(frames);
        const Placed proxy = add_proxy(delivered);
        add_publish(delivered, metrics, proxy);
    }

  private:
    void add_samples(const Placed& encode) {
        std::optional<Placed> previous;
        for (const Segment& segment : context_.segments.segments) {
            const bool continues = previous.has_value() && segment.history > 0;
            std::optional<Placed> given;
            const bool begins_with_frames = segment.shared_frames && shot_.continues;
            if (previous && begins_with_frames) given = add_hand_over(*segment.shared_frames);
            std::vector<std::uint32_t> needs{encode.index};
            if (continues) needs.push_back(previous->index);
            if (given) needs.push_back(given->index);
            SampleOrder order = sample_order(segment, encode);
            if (continues) order.previous = previous->digest;
            if (given) order.given = given->digest;
            previous = add(fmt::format("sample{:02}", order.segment),
                           std::move(order),
                           std::move(needs),
                           sample_cost(shot_, context_.card, segment, context_.options.machine));
            pieces_.push_back({.latents = previous->digest,
                               .latent_first = segment.latent_first,
                               .latent_count = segment.latent_count,
                               .history = segment.history});
            pieces_.back().shared_frames = segment.shared_frames;
            if (given) {
                pieces_.back().given = given->digest;
                pieces_needed_.push_back(given->index);
            }
            pieces_needed_.push_back(previous->index);
            last_ = *previous;
        }
    }

    // Pictures that stand in the segment's own latent frames; the take's first one is given.
    std::optional<std::vector<SegmentKey>> keys_of(const Segment& segment) const {
        if (context_.card.pictures_between != PictureUse::taken) return {};
        std::vector<SegmentKey> keys;
        for (const KeyPicture& key : shot_.keys) {
            if (key.at == KeyPlace::start) continue;
            const std::int64_t frame = key.frame.value_or(shot_.frames.count() - 1);
            const std::int64_t latent = latents_for(frame + 1, context_.card.latents) - 1;
            const bool is_own =
                latent >= segment.latent_first + segment.history && latent < segment.latent_end();
            if (!is_own) continue;
            keys.push_back(
                {key_array(key), static_cast<std::int32_t>(latent - segment.latent_first)});
        }
        return keys.empty() ? std::nullopt : std::optional(std::move(keys));
    }

    SampleOrder sample_order(const Segment& segment, const Placed& encode) const {
        const auto number = static_cast<std::int32_t>(pieces_.size()) + 1;
        return {.model = context_.model,
                .size = shot_.size,
                .rate = model_rate(shot_),
                .seed = noise_seed_of(shot_, take_),
                .segment = number,
                .latent_first = segment.latent_first,
                .latent_count = segment.latent_count,
                .history = segment.history,
                .prompt = 0,
                .loras = loras_of_segment(shot_.loras, number),
                .sampling = shot_.sampling,
                .step_cache_fit = shot_.step_cache_fit,
                .encoded = encode.digest,
                .device_class = shot_.device_class,
                .windows = context_.segments.windows,
                .keys = keys_of(segment),
                .ends = ends_of(number - 1)};
    }

    // Of the gap with this number, from 0.
    std::optional<SegmentEnds> ends_of(std::int32_t gap) const {
        if (shot_.strategy != Strategy::anchors) return {};
        const auto index = static_cast<std::size_t>(gap);
        SegmentEnds ends{.first = key_array(shot_.keys.at(index)),
                         .first_index = gap,
                         .pictures = static_cast<std::int32_t>(shot_.keys.size())};
        if (index + 1 < shot_.keys.size()) ends.last = key_array(shot_.keys[index + 1]);
        return ends;
    }

    // The last frames of the segment that was added last.
    Placed add_hand_over(std::int32_t frames) {
        const SegmentPiece& piece = pieces_.back();
        HandOverOrder order{.model = context_.model,
                            .size = shot_.size,
                            .latents = piece.latents,
                            .latent_count = piece.latent_count,
                            .frames = frames,
                            .given = piece.given,
                            .shared_frames = piece.shared_frames.value_or(0),
                            .device_class = shot_.device_class};
        std::vector<std::uint32_t> needs{last_.index};
        if (last_hand_over_) needs.push_back(*last_hand_over_);
        const Placed placed =
            add(fmt::format("hand_over{:02}", pieces_.size()),
                std::move(order),
                std::move(needs),
                hand_over_cost(
                    shot_, context_.card, {piece.latent_count, frames}, context_.options.machine));
        last_hand_over_ = placed.index;
        return placed;
    }

    Placed add_decode() {
        DecodeOrder order{.model = context_.model,
                          .size = shot_.size,
                          .rate = shot_.rate,
                          .frames = shot_.frames,
                          .pieces = pieces_,
                          .show = context_.night.show,
                          .shot = shot_.name,
                          .take = take_,
                          .device_class = shot_.device_class,
                          .clips = has_own_streams() ? true : shot_.cut};
        return add("decode",
                   std::move(order),
                   pieces_needed_,
                   decode_cost(shot_, context_.card, context_.options.machine));
    }

    bool has_own_streams() const {
        return shot_.continues.has_value() || shot_.strategy == Strategy::anchors;
    }

    // The delivered frames, of those that were made.
    Placed add_retime(const Placed& frames) {
        if (!shot_.delivered) return frames;
        return add("retime",
                   retime_order(shot_, facts_, context_.model, frames.digest),
                   {frames.index},
                   retime_cost(shot_));
    }

    Placed add_measure(const Placed& frames) {
        MeasureOrder order{.frames_artifact = frames.digest,
                           .frames = shot_.frames,
                           .joints = joints(),
                           .cuts = cuts_of(context_.segments, shot_.frames.first),
                           .references = shot_.references,
                           .report = quality_report_version};
        return add("measure", std::move(order), {frames.index}, measure_cost(shot_));
    }

    std::vector<std::int64_t> joints() const {
        return joints_of(context_.segments, shot_.frames.first, context_.card.latents);
    }

    Placed add_proxy(const Placed& frames) {
        ProxyOrder order{.frames_artifact = frames.digest, .take = facts_};
        return add("proxy", std::move(order), {frames.index}, proxy_cost(shot_));
    }

    void add_publish(const Placed& frames, const Placed& metrics, const Placed& proxy) {
        const TakeNames names{.show = context_.night.show,
                              .sequence = shot_.sequence,
                              .shot = shot_.name,
                              .version = context_.version,
                              .take = take_};
        PublishOrder order{.root = context_.options.root,
                           .folder = take_folder(shot_.output, names),
                           .base_name = take_base_name(names),
                           .take = facts_,
                           .frames_artifact = frames.digest,
                           .proxy_artifact = proxy.digest,
                           .metrics_artifact = metrics.digest,
                           .model = context_.model,
                           .licence = context_.card.licence,
                           .training_data = context_.card.training_data,
                           .loras = shot_.loras,
                           .sampling = shot_.sampling,
                           .recipe = shot_.recipe,
                           .pieces = pieces_,
                           .joints = delivered_joints(shot_, joints()),
                           .prompt_cut = shot_.prompt_cut,
                           .negative_prompt_cut = shot_.negative_prompt_cut,
                           .rate_change = shot_.rate_change,
                           .night = context_.night.digest,
                           .references = shot_.references,
                           .keys = shot_.keys};
        add("publish",
            std::move(order),
            {frames.index, proxy.index, metrics.index},
            publish_cost(shot_));
    }

    Placed add(std::string_view what,
               TaskOrder order,
               std::vector<std::uint32_t> needs,
               const TaskCost& cost) {
        return graph_.add({.name = prefix_ + std::string(what),
                           .shot = shot_.name,
                           .take = take_,
                           .order = std::move(order),
                           .digest = {},
                           .needs = std::move(needs),
                           .cost = cost});
    }

    GraphBuilder& graph_;
    const ShotContext& context_;
    const ResolvedShot& shot_;
    std::int32_t take_;
    std::string prefix_;
    TakeFacts facts_;
    std::vector<SegmentPiece> pieces_;
    std::vector<std::uint32_t> pieces_needed_;  // to decode them
    Placed last_;                               // segment
    std::optional<std::uint32_t> last_hand_over_;
};

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
                  .takes = shot.takes,
                  .version = version == options.versions.end() ? 1 : version->second,
                  .segments = take_plan(shot, card),
                  .strategy = shot.strategy,
                  .approximation = approximation_text(shot.sampling, card),
                  .recipe = shot.recipe,
                  .rate_note = rate_text(shot)};
    const ShotContext context{.night = night,
                              .shot = shot,
                              .card = card,
                              .options = options,
                              .segments = plan.segments,
                              .model = {card.name, card.folder, card.digest},
                              .version = plan.version};
    const Placed encode = add_encode(graph, context);
    for (std::int32_t take = 1; take <= shot.takes; ++take) {
        TakePlanner(graph, context, take).add_tasks(encode);
    }
    return plan;
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
        if (kind == TaskKind::publish) task.after.push_back(index);
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
