#include "shotspec/resolve/long_take.h"

#include <fmt/format.h>

#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"
#include "shotspec/describe/nearest_word.h"
#include "shotspec/resolve/edit.h"
#include "shotspec/resolve/edit_verb.h"
#include "shotspec/resolve/keys.h"

namespace nightreel {
namespace {

// What an overlap that is written counts in.
Continuation overlap_kind(const ShotSettingsReader& settings, const ModelCard& card) {
    const auto strategy = settings.get("strategy", &ShotSettings::strategy);
    const Continuation how = continuation_of(card);
    const bool is_windowed = strategy.value.value_or(usual_strategy(card)) == Strategy::windowed;
    return is_windowed || how == Continuation::none ? Continuation::latents : how;
}

class LongTakeResolver {
  public:
    LongTakeResolver(const ShotSettingsReader& settings,
                     const ModelCard& card,
                     const LongTake& take,
                     const ContinuingModels& continuing,
                     ResolvedShot& shot)
        : settings_(settings),
          card_(card),
          take_(take),
          continuing_(continuing),
          shot_(shot),
          strategy_(settings.get("strategy", &ShotSettings::strategy)),
          overlap_(settings.get("overlap", &ShotSettings::overlap)) {}

    bool resolve() {
        if (take_.frames > shot_frames_max) {
            return refuse(take_.path,
                          fmt::format("{} frames with handles; a take has at most {}",
                                      take_.frames,
                                      shot_frames_max));
        }
        const auto cut = settings_.get("cut", &ShotSettings::cut);
        if (cut.value.value_or(false)) return resolve_cut(cut.path);
        switch (strategy()) {
            case Strategy::chain:
                return resolve_chain();
            case Strategy::windowed:
                return resolve_windows();
            case Strategy::anchors:
                return resolve_anchors();
        }
        return false;
    }

  private:
    bool refuse(const std::string& where, const std::string& why) const {
        settings_.complain(where, why);
        return false;
    }

    // Pictures after the first one decide, for a model that begins and ends with them and has no
    // other way to hold them.
    Strategy strategy() const {
        const bool has_anchors =
            take_.has_later_pictures && can_use_anchors(card_) && !takes_pictures_anywhere(card_);
        return strategy_.value.value_or(has_anchors ? Strategy::anchors : usual_strategy(card_));
    }

    std::int64_t segment_frames() const { return frames_of_segment(shot_.segment_latents, card_); }

    std::string length_text() const {
        return fmt::format("{} frames with handles, but a segment of {} has {}",
                           take_.frames,
                           card_.name,
                           segment_frames());
    }

    // The ways out: what this model can do, separate clips, other models.
    std::string remedies() const {
        std::vector<std::string> ways;
        const std::string own = strategies_text(card_);
        if (!own.empty()) ways.push_back("use " + own);
        if (can_use_windows(card_)) {
            ways.emplace_back("write cut: true for separate clips with a cut between them");
        }
        std::vector<std::string> others = continuing_();
        std::erase_if(
            others, [&](const std::string& other) { return other.starts_with(card_.name + ":"); });
        if (!others.empty()) {
            ways.push_back(fmt::format("use a model that can ({})", fmt::join(others, "; ")));
        }
        return ways.empty() ? "make the take shorter" : fmt::format("{}", fmt::join(ways, ", or "));
    }

    bool resolve_cut(const std::string& path) {
        if (card_.first_picture == PictureUse::needed) {
            return refuse(path,
                          fmt::format("{} begins each clip with a picture, and keys has one for "
                                      "the first only; remove cut: true",
                                      card_.name));
        }
        if (take_.has_later_pictures) {
            return refuse(
                settings_.path_of("keys"),
                "separate clips take a picture at 0s only; remove the others, or cut: true");
        }
        if (strategy_.value == Strategy::windowed) {
            return refuse(strategy_.path,
                          "separate clips have no common windows; remove strategy, or cut: true");
        }
        if (overlap_.value && overlap_.value->amount > 0) {
            return refuse(overlap_.path,
                          "separate clips share no frames; remove overlap, or cut: true");
        }
        shot_.cut = true;
        shot_.overlap_latents = 0;
        return true;
    }

    // In the frames that it counts, and at most all but two latent frames of a segment: what is new
    // must be more than the end of what is known.
    bool resolve_overlap(std::int32_t usual, Continuation how) {
        shot_.overlap_latents = usual;
        if (overlap_.value) {
            const LatentCount count = overlap_latents(*overlap_.value, shot_.rate, card_, how);
            if (!count.problem.empty()) return refuse(overlap_.path, count.problem);
            shot_.overlap_latents = count.latents;
        }
        if (shot_.overlap_latents == 0) {
            return refuse(overlap_.path,
                          "without an overlap segments are separate clips, with a cut between "
                          "them; write cut: true for that, or a longer overlap");
        }
        const std::int32_t spare = how == Continuation::frames ? 2 : 1;
        if (shot_.overlap_latents + spare <= shot_.segment_latents) return true;
        return refuse(
            overlap_.value ? overlap_.path : settings_.get("segment", &ShotSettings::segment).path,
            fmt::format("a segment of {}f leaves too few new frames beside an overlap of {}f",
                        segment_frames(),
                        overlap_frames(shot_.overlap_latents, card_, how)));
    }

    // Each gap is a segment: whole latent frames, no longer than a window.
    bool resolve_anchors() {
        if (!can_use_anchors(card_)) {
            return refuse(
                strategy_.path,
                fmt::format(
                    "{} does not end a segment with a picture; {}", card_.name, remedies()));
        }
        if (!refuse_window_settings()) return false;
        if (shot_.keys.empty()) return resolve_clips_as_anchors();
        std::vector<std::int64_t> frames = key_frames(shot_.keys, take_.frames);
        const bool ends_with_picture = !frames.empty() && frames.back() == take_.frames - 1;
        if (!ends_with_picture) frames.push_back(take_.frames - 1);
        for (std::size_t index = 1; index < frames.size(); ++index) {
            if (!check_gap(frames[index - 1],
                           frames[index],
                           ends_with_picture || index + 1 < frames.size())) {
                return false;
            }
        }
        shot_.strategy = Strategy::anchors;
        shot_.overlap_latents = 1;
        return true;
    }

    // Short clips of the text alone, and gaps that hold both of their neighbours as clean frames.
    bool resolve_clips_as_anchors() {
        if (!can_keep_frames(card_)) {
            return refuse(strategy_.path,
                          fmt::format("{} makes gaps between pictures; write keys: with a picture "
                                      "at 0s and others, or {}",
                                      card_.name,
                                      remedies()));
        }
        if (!resolve_overlap(card_.window.overlap, Continuation::latents)) return false;
        shot_.strategy = Strategy::anchors;
        return true;
    }

    bool check_gap(std::int64_t from, std::int64_t to, bool ends_with_picture) {
        const std::int64_t frames = to - from + 1;
        const LatentCount count = segment_latents({LengthUnit::frames, frames}, shot_.rate, card_);
        const std::int64_t longest = segment_frames();
        const bool is_whole = count.problem.empty() || !ends_with_picture;
        if (frames <= longest && is_whole) return true;
        return refuse(settings_.path_of("keys"),
                      fmt::format("frames {} to {} are a gap of {} frames between pictures, and {} "
                                  "makes gaps of up to {} in steps of {}; move a picture or add "
                                  "one",
                                  from,
                                  to,
                                  frames,
                                  card_.name,
                                  longest,
                                  card_.latents.frames_per_latent));
    }

    bool resolve_chain() {
        if (take_.has_later_pictures && !takes_pictures_anywhere(card_)) {
            return refuse(settings_.path_of("keys"),
                          fmt::format("a chain of {} begins with a picture at most; use strategy: "
                                      "anchors, or remove the later ones",
                                      card_.name));
        }
        const Continuation how = continuation_of(card_);
        if (how == Continuation::none) {
            return refuse(
                strategy_.value ? strategy_.path : take_.path,
                fmt::format("{}, and it cannot continue one; {}", length_text(), remedies()));
        }
        if (!refuse_window_settings()) return false;
        const bool is_draft = shot_.quality == Quality::draft;
        if (!resolve_overlap(usual_overlap(card_, shot_.segment_latents, is_draft), how)) {
            return false;
        }
        if (how == Continuation::latents) return true;
        shot_.continues = how;
        warn_of_hand_overs(how);
        return true;
    }

    // Of takes that are not made in windows.
    bool refuse_window_settings() const {
        constexpr const char* why = "requires strategy: windowed; remove it";
        const auto free_noise = settings_.get("free_noise", &ShotSettings::free_noise);
        if (free_noise.value.value_or(false)) return refuse(free_noise.path, why);
        const auto exchange = settings_.get("exchange", &ShotSettings::exchange);
        return !exchange.value || refuse(exchange.path, why);
    }

    bool resolve_exchange() {
        const auto exchange = settings_.get("exchange", &ShotSettings::exchange);
        if (!exchange.value) return true;
        if (*exchange.value >= shot_.sampling.steps) {
            return refuse(exchange.path,
                          fmt::format("windows that never meet before the last of {} steps are "
                                      "separate clips: expected 1 to {}",
                                      shot_.sampling.steps,
                                      shot_.sampling.steps - 1));
        }
        if (shot_.edit) {
            return refuse(exchange.path,
                          fmt::format("cannot be combined with {}", word_of(shot_.edit->verb)));
        }
        shot_.exchange = exchange.value;
        return true;
    }

    void warn_of_hand_overs(Continuation how) const {
        const std::int64_t added =
            segment_frames() - overlap_frames(shot_.overlap_latents, card_, how);
        const std::int64_t hand_overs = (take_.frames - segment_frames() + added - 1) / added;
        if (hand_overs <= hand_overs_without_warning) return;
        const std::string others = strategies_text(card_, Strategy::chain);
        settings_.warn(
            take_.path,
            fmt::format("{} segments begin with decoded frames of the one before, and a chain "
                        "loses some colour and sharpness at each; check a draft first{}",
                        hand_overs,
                        others.empty() ? "" : ", or use strategy: " + others));
    }

    // State of approximations belongs to one window's frames; blocks that lag have no common step.
    bool refuse_in_windows() const {
        const SamplingSettings& sampling = shot_.sampling;
        const auto said = [&](const char* name, const char* remedy) {
            return refuse(
                settings_.path_of(name),
                fmt::format(
                    "windows share each step, which goes without {}; write {}", name, remedy));
        };
        if (sampling.step_cache > 0) return said("step_cache", "step_cache: 0");
        if (sampling.guidance_until < 1) return said("guidance_until", "guidance_until: 1");
        if (sampling.forcing && (sampling.forcing->block > 1 || sampling.forcing->lag > 0)) {
            return said("forcing", "forcing: { block: 1, lag: 0 }");
        }
        return true;
    }

    bool resolve_windows() {
        if (!can_use_windows(card_)) {
            return refuse(strategy_.path,
                          fmt::format("{} needs a picture for each window, and keys has none for "
                                      "the later ones; {}",
                                      card_.name,
                                      remedies()));
        }
        if (!refuse_in_windows()) return false;
        if (!resolve_overlap(usual_window_overlap(shot_.segment_latents), Continuation::latents)) {
            return false;
        }
        const bool is_vace = continuation_of(card_) == Continuation::frames;
        const auto free_noise = settings_.get("free_noise", &ShotSettings::free_noise);
        shot_.strategy = Strategy::windowed;
        shot_.free_noise = free_noise.value.value_or(!is_vace);
        return resolve_exchange();
    }

    const ShotSettingsReader& settings_;
    const ModelCard& card_;
    const LongTake& take_;
    const ContinuingModels& continuing_;
    ResolvedShot& shot_;
    Setting<Strategy> strategy_;
    Setting<Length> overlap_;
};

}  // namespace

void resolve_segments(const ShotSettingsReader& settings,
                      const ModelCard& card,
                      ResolvedShot& shot) {
    const auto segment = settings.get("segment", &ShotSettings::segment);
    shot.segment_latents = card.window.latent_frames;
    if (segment.value) {
        const LatentCount count = segment_latents(*segment.value, shot.rate, card);
        if (!count.problem.empty()) settings.complain(segment.path, count.problem);
        if (count.problem.empty()) shot.segment_latents = count.latents;
    }
    const auto overlap = settings.get("overlap", &ShotSettings::overlap);
    shot.overlap_latents = card.window.overlap;
    // An overlap that a model counts in another way is looked at where a take needs one.
    if (overlap_kind(settings, card) != Continuation::latents) return;
    if (overlap.value) {
        const LatentCount count = overlap_latents(*overlap.value, shot.rate, card);
        if (!count.problem.empty()) settings.complain(overlap.path, count.problem);
        shot.overlap_latents = count.latents;
    }
    if (shot.overlap_latents < shot.segment_latents) return;
    settings.complain(overlap.value ? overlap.path : segment.path,
                      fmt::format("the overlap of {}f must be shorter than a segment, which has "
                                  "{}f",
                                  frames_of_overlap(shot.overlap_latents, card),
                                  frames_of_segment(shot.segment_latents, card)));
}

bool resolve_long_take(const ShotSettingsReader& settings,
                       const ModelCard& card,
                       const LongTake& take,
                       const ContinuingModels& continuing,
                       ResolvedShot& shot) {
    return LongTakeResolver(settings, card, take, continuing, shot).resolve();
}

}  // namespace nightreel
