#include "pipeline/plan/edit/edit_tasks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "pipeline/plan/edit/blend_tasks.h"
#include "pipeline/plan/edit/made_parts.h"
#include "pipeline/plan/edit/storyboard_prompts.h"
#include "pipeline/plan/estimate/estimate_cost.h"
#include "pipeline/plan/segment_loras.h"

namespace nightreel {
namespace {

// Beyond the latent frames of any take: a part that is made again has other noise than what it
// replaces, whatever their seeds.
constexpr std::int64_t noise_first = 1'000'000;

// Frames of a result, for what is given of them.
struct Source {
    Placed placed;
    FrameRange all;
    FrameRange used;

    FramePart first(std::int64_t count) const {
        return {placed.digest, all, {used.first, used.first + count - 1}};
    }

    FramePart last(std::int64_t count) const {
        return {placed.digest, all, {used.last - count + 1, used.last}};
    }
};

// A result may be used at several places.
void need(std::vector<std::uint32_t>& needs, const Placed& task) {
    if (std::ranges::find(needs, task.index) == needs.end()) needs.push_back(task.index);
}

class EditPlanner {
  public:
    EditPlanner(const EditedShot& edited,
                const EditedTake& take,
                const std::vector<Placed>& clips,
                const Placed& encode,
                const AddTask& add)
        : edited_(edited),
          shot_(edited.shot),
          parts_(parts_of(edited.shot, edited.card)),
          take_(take),
          clips_(clips),
          encode_(encode),
          add_(add) {}

    EditTasks plan() {
        // What others are given comes first.
        std::vector<std::vector<Made>> made(parts_.size());
        for (const bool hangs_on_others : {false, true}) {
            for (std::size_t index = 0; index < parts_.size(); ++index) {
                const PartsBeside beside = parts_beside(shot_, parts_, index);
                const bool hangs = beside.before.has_value() || beside.after.has_value();
                if (parts_[index].clip || hangs != hangs_on_others) continue;
                made[index] = make(index, beside, made);
            }
        }
        for (std::size_t index = 0; index < parts_.size(); ++index) {
            if (parts_[index].clip) keep(parts_[index]);
            for (const Made& part : made[index]) {
                const std::int64_t first = frames_;
                deliver(part.source);
                add_chain_joints(part.part, first);
            }
        }
        tasks_.frames = assemble();
        return std::move(tasks_);
    }

  private:
    struct Made {
        MadePart part;
        Source source;
    };

    void keep(const EditPart& part) {
        const ResolvedClip& clip = shot_.edit->clips[static_cast<std::size_t>(*part.clip)];
        const std::int64_t number = shot_.frames.first + frames_;
        const std::int64_t original = clip.frames.first + part.first;
        tasks_.kept.push_back(
            {{number, number + part.count - 1}, clip.name, {original, original + part.count - 1}});
        deliver(kept_source(part));
    }

    Source kept_source(const EditPart& part) const {
        const auto index = static_cast<std::size_t>(part.clip.value());
        return {clips_[index],
                {1, shot_.edit->clips[index].frames.count()},
                {part.first + 1, part.first + part.count}};
    }

    void deliver(const Source& source) {
        if (frames_ > 0) tasks_.joints.push_back(shot_.frames.first + frames_);
        frames_ += source.used.count();
        sources_.push_back(source);
    }

    std::vector<Made> make(std::size_t index,
                           const PartsBeside& beside,
                           const std::vector<std::vector<Made>>& others) {
        const std::vector<MadePart> parts = plan_made_parts(
            shot_, edited_.card, parts_[index].count, known_beside(shot_, parts_, index));
        const auto source = [&](std::size_t part) {
            // All of a part that others are given is one stream.
            return parts_[part].clip ? kept_source(parts_[part]) : others[part].front().source;
        };
        std::optional<Source> before;
        std::optional<Source> after;
        if (beside.before) before = source(*beside.before);
        if (beside.after) after = source(*beside.after);
        prompt_ = prompt_of_part(shot_, parts_, index);
        std::int64_t end = 0;  // of the take, where the part ends
        for (std::size_t part = 0; part <= index; ++part) end += parts_[part].count;
        // The part beside the clip is made first.
        std::vector<Made> made(parts.size());
        for (std::size_t number = parts.size(); number-- > 0;) {
            end -= parts[number].count;
            stream_first_ = end - parts[number].skipped;
            made[number] = {parts[number], make_part(parts[number], before, after)};
            after = made[number].source;
        }
        return made;
    }

    // Where segments of a part meet.
    void add_chain_joints(const MadePart& part, std::int64_t first) {
        for (const std::int64_t joint : joints_of(part.stream, 0)) {
            const std::int64_t frame = joint - part.skipped;
            if (frame > 0 && frame < part.count) {
                tasks_.joints.push_back(shot_.frames.first + first + frame);
            }
        }
    }

    Source make_part(const MadePart& part,
                     const std::optional<Source>& before,
                     const std::optional<Source>& after) {
        std::vector<SegmentPiece> pieces;
        std::vector<std::uint32_t> decode_needs;
        std::optional<Placed> previous;
        const auto& segments = part.stream.segments;
        for (const Segment& segment : segments) {
            SampleOrder order = sample_order(segment);
            std::vector<std::uint32_t> needs{encode_.index};
            if (segment.history > 0) {
                order.previous = previous.value().digest;
                need(needs, *previous);
            }
            if (is_blend()) {
                const Placed& mixture = clips_.back();
                order.start =
                    start_from_mixture(shot_, edited_.card, segment, stream_first_, mixture.digest);
                need(needs, mixture);
            } else {
                order.context = context_of(part, segment, before, after, needs);
            }
            previous = add_(fmt::format("sample{:02}", order.segment),
                            std::move(order),
                            std::move(needs),
                            sample_cost(shot_, edited_.card, segment, edited_.machine));
            need(decode_needs, *previous);
            pieces.push_back({.latents = previous->digest,
                              .latent_first = segment.latent_first,
                              .latent_count = segment.latent_count,
                              .history = segment.history});
            tasks_.pieces.push_back(pieces.back());
        }
        latents_ += part.stream.latent_count;
        const FrameRange range{1, part.count};
        DecodeOrder decode{.model = edited_.model,
                           .size = shot_.size,
                           .rate = shot_.rate,
                           .frames = range,
                           .pieces = std::move(pieces),
                           .show = take_.show,
                           .shot = shot_.name,
                           .take = take_.take,
                           .device_class = shot_.device_class};
        if (part.skipped > 0) decode.skipped = static_cast<std::int32_t>(part.skipped);
        const Placed placed = add_(fmt::format("decode{:02}", ++decodes_),
                                   std::move(decode),
                                   std::move(decode_needs),
                                   decode_cost(shot_, edited_.card, range, edited_.machine));
        return {placed, range, range};
    }

    // The mixture has what stands beside the parts of a blend.
    bool is_blend() const { return shot_.edit && shot_.edit->curve; }

    std::optional<std::vector<SegmentContext>> context_of(const MadePart& part,
                                                          const Segment& segment,
                                                          const std::optional<Source>& before,
                                                          const std::optional<Source>& after,
                                                          std::vector<std::uint32_t>& needs) const {
        std::vector<SegmentContext> context;
        if (part.before > 0 && segment == part.stream.segments.front()) {
            context.push_back({before.value().last(part.before), 0});
            need(needs, before->placed);
        }
        if (part.after > 0 && segment == part.stream.segments.back()) {
            const std::int32_t latents = part.after / edited_.card.latents.frames_per_latent;
            context.push_back({after.value().first(part.after), segment.latent_count - latents});
            need(needs, after->placed);
        }
        return context.empty() ? std::nullopt : std::optional(std::move(context));
    }

    SampleOrder sample_order(const Segment& segment) {
        return {.model = edited_.model,
                .size = shot_.size,
                .rate = shot_.rate,
                .seed = take_.noise_seed,
                .segment = ++segments_,
                .latent_first = noise_first + latents_ + segment.latent_first,
                .latent_count = segment.latent_count,
                .history = segment.history,
                .prompt = prompt_,
                .loras = loras_of_segment(shot_.loras, segments_),
                .sampling = shot_.sampling,
                .step_cache_fit = shot_.step_cache_fit,
                .encoded = encode_.digest,
                .device_class = shot_.device_class};
    }

    Placed assemble() const {
        AssembleOrder order{.frames = shot_.frames,
                            .rate = shot_.rate,
                            .model = edited_.model,
                            .show = take_.show,
                            .shot = shot_.name,
                            .take = take_.take};
        order.exr = shot_.exr;
        std::vector<std::uint32_t> needs;
        for (const Source& source : sources_) {
            order.parts.push_back({source.placed.digest, source.all, source.used});
            need(needs, source.placed);
        }
        return add_("assemble", std::move(order), std::move(needs), assemble_cost(shot_));
    }

    const EditedShot& edited_;
    const ResolvedShot& shot_;
    std::vector<EditPart> parts_;
    const EditedTake& take_;
    const std::vector<Placed>& clips_;
    const Placed& encode_;
    const AddTask& add_;
    EditTasks tasks_;
    std::vector<Source> sources_;  // in the order of the take
    std::int64_t frames_ = 0;      // of them
    std::int64_t latents_ = 0;     // sampled so far
    std::int32_t segments_ = 0;
    std::int32_t prompt_ = 0;        // of the part that is made
    std::int64_t stream_first_ = 0;  // frame of the take with which its stream begins
    std::int32_t decodes_ = 0;
};

}  // namespace

std::vector<Placed> add_clips(GraphBuilder& graph, const EditedShot& edited) {
    const ResolvedShot& shot = edited.shot;
    std::vector<Placed> placed;
    const auto& control = shot.edit.value().control;
    const PictureSize size = control ? control->inside.value_or(shot.size) : shot.size;
    const auto add = [&](const std::string& name,
                         TaskOrder order,
                         std::vector<std::uint32_t> needs,
                         const TaskCost& cost) {
        placed.push_back(graph.add({.name = fmt::format("{}.{}", shot.name, name),
                                    .shot = shot.name,
                                    .take = 0,
                                    .order = std::move(order),
                                    .digest = {},
                                    .needs = std::move(needs),
                                    .cost = cost}));
    };
    for (const ResolvedClip& clip : shot.edit->clips) {
        add(fmt::format("ingest{:02}", placed.size() + 1),
            IngestOrder{.clip = clip, .size = size},
            {},
            ingest_cost(shot, clip));
    }
    if (shot.edit->curve) {
        std::vector<std::uint32_t> needs;
        for (const Placed& clip : placed) need(needs, clip);
        add("mix",
            mixture_order(shot, edited.card, edited.model, placed),
            std::move(needs),
            assemble_cost(shot));
    }
    return placed;
}

EditTasks add_edit_tasks(const EditedShot& edited,
                         const EditedTake& take,
                         const std::vector<Placed>& clips,
                         const Placed& encode,
                         const AddTask& add) {
    return EditPlanner(edited, take, clips, encode, add).plan();
}

SegmentStart start_of(const ResolvedShot& shot,
                      const ModelCard& card,
                      const Segment& segment,
                      const Digest& clip) {
    constexpr std::int64_t warm_up_max = 13;
    const std::int64_t stride = card.latents.frames_per_latent;
    const std::int64_t all = shot.edit.value().clips.front().frames.count();
    const std::int64_t first = first_frame_of(segment.latent_first, card.latents);
    const std::int64_t end = 1 + (segment.latent_end() - 1) * stride;
    const std::int64_t warm_up = std::min(first, warm_up_max);
    return {.frames = {clip, {1, all}, {first - warm_up + 1, std::min(end, all)}},
            .noise_level = shot.edit->strength.value_or(1),
            .warm_up = static_cast<std::int32_t>(warm_up)};
}

SegmentControl control_of(const ResolvedShot& shot,
                          const Segment& segment,
                          const std::vector<Digest>& clips) {
    SegmentControl control = control_of_take(shot, clips);
    const std::int64_t first = segment.frame_first - segment.shared_frames.value_or(0);
    control.frames.used.first += first;
    if (control.mask) control.mask->used.first += first;
    return control;
}

SegmentControl control_of_take(const ResolvedShot& shot, const std::vector<Digest>& clips) {
    const ResolvedEdit& edit = shot.edit.value();
    const FrameRange all{1, edit.clips.front().frames.count()};
    SegmentControl control{.frames = {clips.front(), all, all}, .how = edit.control.value()};
    if (clips.size() > 1) control.mask = FramePart{clips[1], all, all};
    return control;
}

}  // namespace nightreel
