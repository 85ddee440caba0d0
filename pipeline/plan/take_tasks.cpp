#include "pipeline/plan/take_tasks.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "pipeline/plan/edit/edit_tasks.h"
#include "pipeline/plan/edit/made_parts.h"
#include "pipeline/plan/edit/storyboard_prompts.h"
#include "pipeline/plan/estimate/estimate_cost.h"
#include "pipeline/plan/noise_seed.h"
#include "pipeline/plan/retime_plan.h"
#include "pipeline/plan/segment_loras.h"
#include "pipeline/plan/spec_digest.h"
#include "pipeline/plan/strategy/key_array.h"
#include "pipeline/plan/strategy/window_plan.h"
#include "pipeline/plan/strategy/window_rounds.h"
#include "shotspec/base/check.h"
#include "shotspec/night/output_template.h"
#include "shotspec/resolve/keys.h"

namespace nightreel {
namespace {

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
            .prompt = whole_text(shot),
            .negative_prompt = shot.negative_prompt,
            .spec = spec_digest(shot, context.card)};
}

std::vector<Digest> digests_of(const std::vector<Placed>& tasks) {
    std::vector<Digest> digests;
    for (const Placed& task : tasks) digests.push_back(task.digest);
    return digests;
}

// Adds the tasks of one take.
class TakePlanner {
  public:
    TakePlanner(GraphBuilder& graph,
                const ShotContext& context,
                std::int32_t take,
                const std::optional<Placed>& round)
        : graph_(graph),
          context_(context),
          shot_(context.shot),
          take_(take),
          round_(round),
          prefix_(fmt::format("{}.take{:02}.", shot_.name, take)),
          facts_(facts_of(context, take)) {}

    Placed add_tasks(const Placed& encode) {
        const Placed frames = add_frames(encode);
        const Placed metrics = add_measure(frames);
        const Placed delivered = add_retime(frames);
        const Placed proxy = add_proxy(delivered);
        add_publish(delivered, metrics, proxy);
        return metrics;
    }

  private:
    Placed add_frames(const Placed& encode) {
        const EditedShot edited{shot_, context_.card, context_.model, context_.options.machine};
        if (shot_.edit) clips_ = add_clips(graph_, edited);
        if (has_parts(shot_)) {
            const EditTasks made = add_edit_tasks(
                edited,
                {context_.night.show, take_, noise_seed_of(shot_, take_)},
                clips_,
                encode,
                [&](std::string name,
                    TaskOrder order,
                    std::vector<std::uint32_t> needs,
                    TaskCost cost) { return add(name, std::move(order), std::move(needs), cost); });
            pieces_ = made.pieces;
            if (!made.kept.empty()) kept_ = made.kept;
            edit_joints_ = made.joints;
            return made.frames;
        }
        add_samples(encode);
        const Placed decoded = add_decode();
        return has_kept_pixels() ? add_kept_pixels(decoded) : decoded;
    }

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
            order.window_prompts = window_prompts_of(shot_, context_.card, context_.segments);
            if (shot_.edit && shot_.edit->control) {
                order.control = control_of(shot_, segment, digests_of(clips_));
                for (const Placed& clip : clips_) needs.push_back(clip.index);
            } else if (shot_.edit) {
                order.start = start_of(shot_, context_.card, segment, clips_.front().digest);
                needs.push_back(clips_.front().index);
            }
            previous =
                order.windows && order.windows->exchange
                    ? add_window_rounds(order, needs, segment)
                    : add(fmt::format("sample{:02}", order.segment),
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

    // Some steps of each window, again and again, and the take that they make together.
    Placed add_window_rounds(const SampleOrder& whole,
                             const std::vector<std::uint32_t>& needs,
                             const Segment& segment) {
        const std::vector<LatentWindow> windows =
            place_windows(whole.latent_count, whole.windows.value());
        std::vector<Placed> placed;
        for (PlannedRound& planned :
             plan_window_rounds(windows, whole.sampling.steps, whole.windows->exchange.value())) {
            SampleOrder order = whole;
            std::vector<std::uint32_t> needed = needs;
            for (std::size_t index = 0; index < planned.states_of.size(); ++index) {
                const Placed& before = placed[planned.states_of[index]];
                planned.round.states[index].state = before.digest;
                needed.push_back(before.index);
            }
            const TaskCost cost =
                window_round_cost(shot_,
                                  context_.card,
                                  segment,
                                  {planned.round.window.has_value(),
                                   planned.round.step_end - planned.round.step_first},
                                  context_.options.machine);
            order.window_round = std::move(planned.round);
            placed.push_back(add(planned.name, std::move(order), std::move(needed), cost));
        }
        return placed.back();
    }

    // Pictures that stand in the segment's own latent frames; the take's first one is given.
    std::optional<std::vector<SegmentKey>> keys_of(const Segment& segment) const {
        if (context_.card.pictures_between != PictureUse::taken) return {};
        if (shot_.strategy == Strategy::anchors) return end_of_gap(segment);
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

    // The picture that the gap leads to, where a model takes it as a latent frame like any other.
    std::optional<std::vector<SegmentKey>> end_of_gap(const Segment& segment) const {
        const std::size_t next = pieces_.size() + 1;
        if (next >= shot_.keys.size()) return {};
        const std::vector<std::int64_t> frames = key_frames(shot_.keys, shot_.frames.count());
        const std::int64_t count = frames[next] - frames[next - 1] + 1;
        const std::int64_t latent = latents_for(count, context_.card.latents) - 1;
        NIGHTREEL_CHECK(latent < segment.latent_count, "a gap holds the picture it ends with");
        return std::vector<SegmentKey>{
            {key_array(shot_.keys[next]), static_cast<std::int32_t>(latent)}};
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
                .prompt = prompt_of(shot_, context_.card, segment),
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
        const bool is_latent = context_.card.pictures_between == PictureUse::taken;
        if (index + 1 < shot_.keys.size() && !is_latent)
            ends.last = key_array(shot_.keys[index + 1]);
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
        if (shot_.strategy == Strategy::anchors && pieces_.size() > 1) return add_gap_decodes();
        DecodeOrder order = decode_order(shot_.frames, pieces_);
        order.clips = shot_.continues ? true : shot_.cut;
        if (!has_kept_pixels()) order.exr = exr_of_last();
        return add("decode",
                   std::move(order),
                   pieces_needed_,
                   decode_cost(shot_, context_.card, context_.options.machine));
    }

    // What was made, with the clip's own pixels where they are kept.
    Placed add_kept_pixels(const Placed& decoded) {
        AssembleOrder order = assemble_order();
        order.exr = exr_of_last();
        order.parts.push_back({decoded.digest, shot_.frames, shot_.frames});
        order.over = control_of_take(shot_, digests_of(clips_));
        std::vector<std::uint32_t> needs{decoded.index};
        for (const Placed& clip : clips_) needs.push_back(clip.index);
        return add("assemble", std::move(order), std::move(needs), assemble_cost(shot_));
    }

    bool has_kept_pixels() const {
        return shot_.edit && shot_.edit->control && !shot_.edit->control->kind;
    }

    // Of the last task of a take that writes its frames: those between tasks are Rec.709.
    std::optional<ExrCoding> exr_of_last() const {
        return shot_.delivered ? std::nullopt : shot_.exr;
    }

    AssembleOrder assemble_order() const {
        return {.parts = {},
                .frames = shot_.frames,
                .rate = shot_.rate,
                .model = context_.model,
                .show = context_.night.show,
                .shot = shot_.name,
                .take = take_};
    }

    DecodeOrder decode_order(const FrameRange& frames, std::vector<SegmentPiece> pieces) const {
        return {.model = context_.model,
                .size = shot_.size,
                .rate = shot_.rate,
                .frames = frames,
                .pieces = std::move(pieces),
                .show = context_.night.show,
                .shot = shot_.name,
                .take = take_,
                .device_class = shot_.device_class};
    }

    // Gaps between pictures are decoded apart, as they are made.
    Placed add_gap_decodes() {
        AssembleOrder whole = assemble_order();
        if (!has_kept_pixels()) whole.exr = exr_of_last();
        std::vector<std::uint32_t> parts;
        for (std::size_t index = 0; index < pieces_.size(); ++index) {
            const auto& segments = context_.segments.segments;
            const std::int64_t end = index + 1 < segments.size() ? segments[index + 1].frame_first
                                                                 : shot_.frames.count();
            const FrameRange frames{shot_.frames.first + segments[index].frame_first,
                                    shot_.frames.first + end - 1};
            SegmentPiece piece = pieces_[index];
            piece.latent_first = 0;
            const std::int32_t shared = piece.shared_frames.value_or(0);
            piece.shared_frames.reset();
            DecodeOrder order = decode_order(frames, {piece});
            if (shared > 0) order.skipped = shared;
            const Placed placed =
                add(fmt::format("decode{:02}", index + 1),
                    std::move(order),
                    {pieces_needed_[index]},
                    decode_cost(shot_, context_.card, frames, context_.options.machine));
            whole.parts.push_back({placed.digest, frames, frames});
            parts.push_back(placed.index);
        }
        return add("assemble", std::move(whole), std::move(parts), assemble_cost(shot_));
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
        if (shot_.edit && shot_.edit->curve) order.changes_scene = true;
        return add("measure", std::move(order), {frames.index}, measure_cost(shot_));
    }

    std::vector<std::int64_t> joints() const {
        if (has_parts(shot_)) return edit_joints_;
        return joints_of(context_.segments, shot_.frames.first, context_.card.latents);
    }

    Placed add_proxy(const Placed& frames) {
        ProxyOrder order{.frames_artifact = frames.digest, .take = facts_, .movies = shot_.movies};
        if (shot_.exr) order.colour = shot_.exr->colour;
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
                           .keys = shot_.keys,
                           .kept = kept_,
                           .exr = shot_.exr,
                           .owner = shot_.owner,
                           .movies = shot_.movies};
        add("publish",
            std::move(order),
            {frames.index, proxy.index, metrics.index},
            publish_cost(shot_));
    }

    Placed add(std::string_view what,
               TaskOrder order,
               std::vector<std::uint32_t> needs,
               const TaskCost& cost) {
        auto* sample = std::get_if<SampleOrder>(&order);
        if (sample != nullptr && round_) {
            sample->round = round_->digest;
            needs.push_back(round_->index);
        }
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
    std::optional<Placed> round_;
    std::string prefix_;
    TakeFacts facts_;
    std::vector<SegmentPiece> pieces_;
    std::vector<std::uint32_t> pieces_needed_;  // to decode them
    Placed last_;                               // segment
    std::vector<Placed> clips_;                 // ingested
    std::optional<std::vector<KeptRange>> kept_;
    std::vector<std::int64_t> edit_joints_;
    std::optional<std::uint32_t> last_hand_over_;
};

}  // namespace

Placed add_take(GraphBuilder& graph,
                const ShotContext& context,
                std::int32_t take,
                const Placed& encode,
                const std::optional<Placed>& round) {
    return TakePlanner(graph, context, take, round).add_tasks(encode);
}

}  // namespace nightreel
