#include "pipeline/plan/strategy/take_explanation.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "pipeline/plan/edit/made_parts.h"
#include "pipeline/plan/retime_plan.h"
#include "pipeline/plan/strategy/key_array.h"
#include "shotspec/base/bytes_text.h"
#include "shotspec/base/error.h"
#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"
#include "shotspec/describe/nearest_word.h"
#include "shotspec/resolve/references.h"

namespace nightreel {
namespace {

template <class T>
const T* find_named(const std::vector<T>& all, const std::string& name, std::string T::*field) {
    const auto found = std::ranges::find(all, name, field);
    return found == all.end() ? nullptr : &*found;
}

class Explainer {
  public:
    Explainer(const ResolvedShot& shot, const ModelCard& card, const ShotPlan& plan)
        : shot_(shot), card_(card), plan_(plan.segments) {}

    TakeExplanation explain() const {
        TakeExplanation told{.shot = shot_.name,
                             .model = card_.name,
                             .family = card_.family,
                             .frames = shot_.frames,
                             .takes = takes_at_most(shot_)};
        if (has_parts(shot_)) {
            tell_parts(told);
            return told;
        }
        tell_strategy(told);
        if (shot_.edit && shot_.edit->strength) tell_remix(told);
        if (shot_.edit && shot_.edit->control) told.notes.push_back(control_text());
        if (plan_.windows) {
            tell_windows(told);
        } else {
            tell_segments(told);
        }
        tell_notes(told);
        const std::string rate = rate_text(shot_);
        if (!rate.empty()) {
            told.notes.push_back(
                rate + (shot_.delivered ? "; segments are numbered in the model's frames" : ""));
        }
        return told;
    }

  private:
    bool is_single() const { return plan_.segments.size() == 1 && !plan_.windows; }

    std::int64_t window_frames() const { return frames_of_segment(shot_.segment_latents, card_); }

    // Rows are parts of the take: kept ones have no latent frames.
    void tell_parts(TakeExplanation& told) const {
        const std::vector<EditPart> parts = parts_of(shot_, card_);
        std::int64_t frame = shot_.frames.first;
        std::int64_t kept = 0;
        const auto add = [&](std::int64_t count, std::int64_t latents, std::string given) {
            told.segments.push_back({.number = static_cast<std::int32_t>(told.segments.size() + 1),
                                     .frames = {frame, frame + count - 1},
                                     .latent_count = static_cast<std::int32_t>(latents),
                                     .given = std::move(given)});
            frame += count;
        };
        for (std::size_t index = 0; index < parts.size(); ++index) {
            const EditPart& part = parts[index];
            if (part.clip) {
                const ResolvedClip& clip = shot_.edit->clips[static_cast<std::size_t>(*part.clip)];
                const std::int64_t first = clip.frames.first + part.first;
                kept += part.count;
                add(part.count,
                    0,
                    fmt::format("frames {}-{} of {}, pixel for pixel",
                                first,
                                first + part.count - 1,
                                clip.name));
                continue;
            }
            for (const MadePart& made :
                 plan_made_parts(shot_, card_, part.count, known_beside(shot_, parts, index))) {
                told.frames_made +=
                    frames_of_segment(static_cast<std::int32_t>(made.stream.latent_count), card_);
                add(made.count, made.stream.latent_count, made_text(made));
            }
        }
        told.after_failure = "a failed part repeats that part alone";
        if (!shot_.edit) {
            told.strategy = "anchors";
            told.why = fmt::format(
                "{} clips that do not wait for each other, and gaps that are given both of their "
                "neighbours",
                (parts.size() + 1) / 2);
            told.alternatives = alternatives();
            return;
        }
        told.strategy = word_of(shot_.edit->verb);
        told.why = fmt::format("{} of {} frames are those of its clips, {} are made",
                               kept,
                               shot_.frames.count(),
                               shot_.frames.count() - kept);
        if (shot_.edit->curve) {
            told.notes.push_back(
                "blend: the clips are cross-faded along the curve, and what is made starts from "
                "that, with most noise where both have the same share");
        }
    }

    static std::string made_text(const MadePart& made) {
        const auto side = [](std::int32_t frames, const char* where) {
            return frames > 0 ? fmt::format("{} frames {}", frames, where) : std::string();
        };
        const std::string before = side(made.before, "before it");
        const std::string after = side(made.after, "after it");
        if (before.empty() && after.empty()) return "made, from the text alone";
        const bool both = !before.empty() && !after.empty();
        return fmt::format("made, given {}{}{}", before, both ? " and " : "", after);
    }

    void tell_remix(TakeExplanation& told) const {
        told.notes.push_back(
            fmt::format("remix: {} is taken to the first noise level of the steps at or below "
                        "{:.3g}; steps above it are skipped",
                        shot_.edit->clips.front().name,
                        *shot_.edit->strength));
    }

    std::string control_text() const {
        const ResolvedControl& how = *shot_.edit->control;
        const std::string& clip = shot_.edit->clips.front().name;
        if (how.kind) {
            return fmt::format(
                "control: each segment is shown its frames of {} as {}{}; no pixel "
                "of them is delivered",
                clip,
                word_of(*how.kind),
                *how.kind == ControlKind::pose ? "" : ", in grey");
        }
        const std::int32_t grow = how.grow.value_or(0);
        if (how.inside) {
            return fmt::format(
                "reframe: {} of {} pixels stands at column {}, row {}; its pixels "
                "are delivered as they are but for a rim of {}, where they fade "
                "into what is made",
                clip,
                TextForm<PictureSize>::write(*how.inside),
                how.corner->x,
                how.corner->y,
                grow);
        }
        return fmt::format(
            "paint: what {} marks, grown by {} pixels, is made; all other pixels "
            "are those of {}",
            shot_.edit->clips.at(1).name,
            grow,
            clip);
    }

    void tell_strategy(TakeExplanation& told) const {
        if (!is_single()) told.alternatives = alternatives();
        if (is_single()) {
            told.strategy = "one segment";
            told.why = fmt::format("{} frames fit in a segment, which has up to {}",
                                   shot_.frames.count(),
                                   window_frames());
            told.after_failure = "a failed sample repeats the whole take";
            return;
        }
        if (shot_.cut) {
            told.strategy = "separate clips";
            told.why = "the night file says cut: true; clips share nothing and are decoded apart";
            told.after_failure = "a failed clip repeats that clip alone";
            return;
        }
        if (plan_.windows) {
            told.strategy = "windowed";
            told.why = windowed_reason();
            told.after_failure =
                plan_.windows->exchange
                    ? fmt::format("a failed task repeats {} steps of one window",
                                  *plan_.windows->exchange)
                    : "a killed sample goes on from its last step on the same device class";
            return;
        }
        if (shot_.strategy == Strategy::anchors) {
            told.strategy = "anchors";
            told.why = fmt::format(
                "keys divides the take into gaps that {} begins and ends with "
                "pictures; gaps do not wait for each other",
                card_.name);
            told.after_failure = "a failed gap repeats that gap alone";
            return;
        }
        told.strategy = "chain";
        told.why = fmt::format("a segment has up to {} frames, and {} continues one {}",
                               window_frames(),
                               card_.name,
                               continuation_reason());
        told.after_failure =
            "a failed segment repeats that segment; those after it begin when it is done";
    }

    std::string alternatives() const {
        if (shot_.cut) return strategies_text(card_);
        const Strategy used = plan_.windows ? Strategy::windowed : shot_.strategy;
        const std::string others = strategies_text(card_, used);
        return (others.empty() ? others : others + ", or ") + "cut: true for separate clips";
    }

    std::string windowed_reason() const {
        const bool chains = continuation_of(card_) != Continuation::none;
        const auto& exchange = plan_.windows->exchange;
        return fmt::format(
            "a segment has up to {} frames, and {}; {} averaged over {} latent frames or more",
            window_frames(),
            chains ? "the night file or the card says strategy: windowed"
                   : card_.name + " cannot continue one",
            exchange ? fmt::format("windows are tasks of their own, and after every {} steps they "
                                   "are",
                                   *exchange)
                     : "all windows share each step and are",
            shot_.overlap_latents);
    }

    std::string continuation_reason() const {
        switch (shot_.continues.value_or(Continuation::latents)) {
            case Continuation::none:
            case Continuation::latents:
                return fmt::format(
                    "from its last {} latent frames; all are one stream of the "
                    "decoder",
                    shot_.overlap_latents);
            case Continuation::picture:
                return "from its last frame, as it was trained to begin with a picture; each "
                       "segment is a stream of the decoder of its own";
            case Continuation::frames:
                return fmt::format(
                    "from its last {} frames, kept by the control channels; each "
                    "segment is a stream of the decoder of its own",
                    overlap_frames(shot_.overlap_latents, card_, Continuation::frames));
        }
        return {};
    }

    std::string begin_of(std::size_t index) const {
        const Segment& segment = plan_.segments[index];
        if (shot_.strategy == Strategy::anchors) return gap_text(index);
        if (segment.shared_frames) {
            return *segment.shared_frames == 1
                       ? fmt::format("last frame of segment {}", index)
                       : fmt::format("last {} frames of segment {}", *segment.shared_frames, index);
        }
        if (segment.history > 0) {
            return fmt::format("last {} latent frames of segment {}", segment.history, index);
        }
        return index == 0 ? keys_text() : "nothing";
    }

    std::string gap_text(std::size_t index) const {
        const auto name = [&](std::size_t key) { return key_array(shot_.keys.at(key)); };
        if (index + 1 < shot_.keys.size()) {
            return fmt::format("pictures {} and {}", name(index), name(index + 1));
        }
        return "picture " + name(index);
    }

    std::string keys_text() const {
        std::vector<std::string> keys;
        for (const KeyPicture& key : shot_.keys) {
            keys.push_back(fmt::format("picture at {}", word_of(key.at)));
        }
        return keys.empty() ? "nothing" : listed(keys);
    }

    std::string with_references(const std::string& given) const {
        const std::string references = references_text(shot_.references);
        return references.empty() ? given : fmt::format("{}; references: {}", given, references);
    }

    FrameRange range(std::int64_t first, std::int64_t end) const {
        const std::int64_t last = std::min(end, shot_.frames.count()) - 1;
        return {shot_.frames.first + first, shot_.frames.first + last};
    }

    void tell_segments(TakeExplanation& told) const {
        for (std::size_t index = 0; index < plan_.segments.size(); ++index) {
            const Segment& segment = plan_.segments[index];
            const bool is_last = index + 1 == plan_.segments.size();
            const std::int64_t end =
                is_last ? shot_.frames.count() : plan_.segments[index + 1].frame_first;
            told.segments.push_back({.number = static_cast<std::int32_t>(index) + 1,
                                     .frames = range(segment.frame_first, end),
                                     .latent_count = segment.latent_count,
                                     .given = with_references(begin_of(index))});
            told.frames_made += frames_of_segment(segment.latent_count, card_);
            if (shot_.continues) told.frames_encoded_again += segment.shared_frames.value_or(0);
        }
    }

    void tell_windows(TakeExplanation& told) const {
        const std::vector<LatentWindow> windows = place_windows(plan_.latent_count, *plan_.windows);
        for (const LatentWindow& window : windows) {
            const bool is_first = told.segments.empty();
            told.segments.push_back(
                {.number = static_cast<std::int32_t>(told.segments.size()) + 1,
                 .frames = range(first_frame_of(window.own_first(), card_.latents),
                                 first_frame_of(window.end(), card_.latents)),
                 .latent_count = window.count,
                 .given = with_references(is_first ? keys_text() : "the latent frame before it")});
            told.frames_made += frames_of_segment(window.count, card_);
        }
    }

    void tell_notes(TakeExplanation& told) const {
        if (shot_.free_noise.value_or(false)) {
            told.notes.push_back(
                "later windows start from the noise of the first one in another order, which holds "
                "the look together and costs motion; free_noise: false turns this off");
        }
        const std::int64_t hand_overs = std::ssize(plan_.segments) - 1;
        if (told.frames_encoded_again > 0 && hand_overs > hand_overs_without_warning) {
            told.notes.push_back(
                fmt::format("{} segments begin with decoded frames, and a chain loses some colour "
                            "and sharpness at each; more than {} are better checked in a draft",
                            hand_overs,
                            hand_overs_without_warning));
        }
        if (!plan_.windows && !shot_.continues && plan_.segments.size() > 1 && !shot_.cut &&
            plan_.segments.back().history > shot_.overlap_latents) {
            told.notes.push_back(
                fmt::format("the last segment is a full one and has {} latent "
                            "frames of history",
                            plan_.segments.back().history));
        }
        const std::int64_t dropped = frames_beyond();
        if (dropped > 0) {
            told.notes.push_back(
                fmt::format("the last {} frames that the model makes are not delivered", dropped));
        }
    }

    std::int64_t frames_beyond() const {
        const Segment& last = plan_.segments.back();
        const std::int64_t made =
            last.frame_first +
            (last.latent_first == 0 || last.shared_frames || shot_.cut
                 ? frames_of_segment(last.latent_count, card_) - last.shared_frames.value_or(0)
                 : frames_of_overlap(last.latent_count - last.history, card_));
        return made - shot_.frames.count();
    }

    const ResolvedShot& shot_;
    const ModelCard& card_;
    const SegmentPlan& plan_;
};

// Seconds and memory of the first take, from its tasks; an encode is for all takes of its shot.
void add_costs(const NightPlan& plan, TakeExplanation& told) {
    std::map<std::uint32_t, double> ready_after;
    for (std::uint32_t index = 0; index < plan.graph.tasks.size(); ++index) {
        const PlannedTask& task = plan.graph.tasks[index];
        const bool is_own = task.shot == told.shot && task.take <= 1;
        if (!is_own) continue;
        told.seconds += task.cost.seconds;
        told.memory_bytes = std::max(told.memory_bytes, task.cost.memory_bytes);
        double begins = 0;
        for (const std::uint32_t need : task.needs) {
            const auto known = ready_after.find(need);
            if (known != ready_after.end()) begins = std::max(begins, known->second);
        }
        ready_after[index] = begins + task.cost.seconds;
        told.longest_seconds = std::max(told.longest_seconds, ready_after[index]);
    }
}

std::string seconds_text(double seconds) {
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    const auto minutes = static_cast<std::int64_t>(seconds / 60 + 0.5);
    return minutes < 60 ? fmt::format("{} min", minutes)
                        : fmt::format("{}:{:02} h", minutes / 60, minutes % 60);
}

}  // namespace

TakeExplanation explain_take(const ResolvedNight& night,
                             const NightPlan& plan,
                             const std::string& shot) {
    const auto* const resolved = find_named(night.shots, shot, &ResolvedShot::name);
    const auto* const planned = find_named(plan.shots, shot, &ShotPlan::shot);
    if (resolved == nullptr || planned == nullptr) {
        std::vector<std::string> names;
        for (const ResolvedShot& one : night.shots) names.push_back(one.name);
        throw Error(
            ErrorKind::bad_input,
            fmt::format("the night has no shot '{}'; its shots are {}", shot, listed(names)));
    }
    const auto* const card = find_named(night.models, resolved->model, &ModelCard::name);
    if (card == nullptr) {
        throw Error(ErrorKind::bad_input, "the model of shot " + shot + " is not known");
    }
    TakeExplanation told = Explainer(*resolved, *card, *planned).explain();
    add_costs(plan, told);
    return told;
}

std::string explanation_text(const TakeExplanation& told) {
    std::string text = fmt::format("shot {}: {} frames ({}-{}), {} take{}, model {} ({})\n",
                                   told.shot,
                                   told.frames.count(),
                                   told.frames.first,
                                   told.frames.last,
                                   told.takes,
                                   told.takes == 1 ? "" : "s",
                                   told.model,
                                   told.family);
    text += fmt::format("strategy: {}\n  why: {}\n", told.strategy, told.why);
    if (!told.alternatives.empty()) text += fmt::format("  also: {}\n", told.alternatives);
    const bool is_windowed = told.strategy == "windowed";
    text += fmt::format("\n{:<8}  {:<15}  {:<13}  begins with\n",
                        is_windowed ? "window" : "segment",
                        "frames",
                        "latent frames");
    for (const ExplainedSegment& segment : told.segments) {
        text += fmt::format("{:<8}  {:<15}  {:<13}  {}\n",
                            segment.number,
                            fmt::format("{}-{}", segment.frames.first, segment.frames.last),
                            segment.latent_count,
                            segment.given);
    }
    const auto delivered = static_cast<double>(told.frames.count());
    text += fmt::format("\nframes: {} made for {} delivered ({:.2f} x)",
                        told.frames_made,
                        told.frames.count(),
                        static_cast<double>(told.frames_made) / delivered);
    if (told.frames_encoded_again > 0) {
        text += fmt::format(", {} decoded and encoded again", told.frames_encoded_again);
    }
    text += fmt::format(
        "\ntime of a take: {} with one worker, {} with unlimited workers "
        "(estimates)\nmemory: {}\nfailure: {}\n",
        seconds_text(told.seconds),
        seconds_text(told.longest_seconds),
        bytes_text(told.memory_bytes),
        told.after_failure);
    for (const std::string& note : told.notes) text += fmt::format("note: {}\n", note);
    return text;
}

}  // namespace nightreel
