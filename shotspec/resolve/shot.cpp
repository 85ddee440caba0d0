#include "shotspec/resolve/shot.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "shotspec/card/legal_values.h"
#include "shotspec/describe/text_form.h"
#include "shotspec/night/output_template.h"
#include "shotspec/night/prompt.h"
#include "shotspec/resolve/delivery.h"
#include "shotspec/resolve/edit.h"
#include "shotspec/resolve/edit_verb.h"
#include "shotspec/resolve/forcing.h"
#include "shotspec/resolve/keys.h"
#include "shotspec/resolve/long_take.h"
#include "shotspec/resolve/references.h"
#include "shotspec/resolve/resolve.h"
#include "shotspec/resolve/sampling.h"
#include "shotspec/resolve/storyboard.h"

namespace nightreel {
namespace {

class ShotResolver {
  public:
    ShotResolver(const ShotSettingsReader& settings,
                 const Characters& characters,
                 const Styles& styles,
                 LoraShelf& loras,
                 PictureShelf& pictures,
                 RecipeShelf& recipes,
                 const ContinuingModels& continuing,
                 const ShotMeans& means)
        : settings_(settings),
          characters_(characters),
          style_(style_of(settings, styles)),
          loras_(loras),
          pictures_(pictures),
          recipes_(recipes),
          continuing_(continuing),
          means_(means) {}

    ResolvedShot resolve(const ModelCard* card) {
        const NightShot& shot = settings_.shot();
        shot_.name = shot.shot;
        const std::size_t underscore = shot.shot.find('_');
        shot_.sequence =
            underscore == std::string::npos ? "shots" : shot.shot.substr(0, underscore);
        resolve_own_loras();
        board_ = find_cards(settings_, characters_.prompts, pictures_);
        resolve_prompt();
        keys_ = find_keys(settings_, pictures_);
        add_card_keys(settings_, board_, keys_);
        resolve_seeds();
        resolve_takes();
        resolve_output();
        resolve_delivery(settings_, shot_);
        const auto reproducible = settings_.get("reproducible", &ShotSettings::reproducible);
        shot_.reproducible_strict = reproducible.value == Reproducible::strict;
        if (card != nullptr) resolve_for(*card);
        return std::move(shot_);
    }

  private:
    void resolve_prompt() {
        const std::string path = settings_.path_of("prompt");
        WrittenPrompt prompt = write_out_prompt(settings_.shot().prompt, characters_.prompts);
        if (settings_.is_right(path)) {
            for (const std::string& problem : prompt.problems) settings_.complain(path, problem);
        } else if (!settings_.is_written(path) && board_.empty()) {
            settings_.complain(path, "is missing, for example \"a small red star jumps\"");
        }
        use_cards(settings_, board_, prompt);
        shot_.prompt = styled(prompt.text);
        for (const std::string& name : prompt.characters) {
            for (const GivenPicture& given : of_character(characters_.pictures, name)) {
                shot_.references.push_back(
                    {name, given.path, given.digest, given.reading, given.size});
                references_.push_back(given);
            }
            const std::vector<ResolvedLora> loras = of_character(characters_.loras, name);
            shot_.loras.insert(shot_.loras.end(), loras.begin(), loras.end());
            const auto negative = characters_.negatives.find(name);
            if (negative == characters_.negatives.end()) continue;
            negative_words_ = with_words(negative_words_, negative->second);
        }
        if (style_ == nullptr) return;
        shot_.loras.insert(shot_.loras.end(), style_->loras.begin(), style_->loras.end());
    }

    std::string styled(const std::string& text) const {
        return style_ == nullptr ? text : with_words(text, style_->prompt);
    }

    template <class T>
    static std::vector<T> of_character(const std::map<std::string, std::vector<T>>& all,
                                       const std::string& name) {
        const auto found = all.find(name);
        return found == all.end() ? std::vector<T>() : found->second;
    }

    void resolve_own_loras() {
        const auto loras = settings_.get("loras", &ShotSettings::loras);
        if (loras.value) shot_.loras = loras_.resolve(*loras.value, loras.path);
    }

    // A seed for each take leaves the shot's own at 0: the show's would change the digest but no
    // pixel.
    void resolve_seeds() {
        const NightShot& shot = settings_.shot();
        if (shot.seed || shot.seeds) shot_.seed_is_given = true;
        if (!shot.preview_of.empty() && !shot_.seed_is_given) shot_.noise_of = shot.preview_of;
        if (!shot.seeds) {
            shot_.seed = shot.seed.value_or(settings_.night().seed);
            return;
        }
        const std::string path = settings_.path_of("seeds");
        if (shot.seed) settings_.complain(path, "takes the place of seed; keep one");
        if (shot.seeds->empty()) {
            settings_.complain(path, "is empty; give a seed for each take, or leave it out");
        } else if (std::ssize(*shot.seeds) > takes_max) {
            settings_.complain(path,
                               fmt::format("{} seeds are too many; a shot has at most {} takes",
                                           shot.seeds->size(),
                                           takes_max));
        } else {
            shot_.take_seeds = *shot.seeds;
        }
    }

    // A shot's seeds say how many takes it has, whatever holds for shots that do not.
    Setting<TakesAsked> takes_asked() const {
        const NightShot& shot = settings_.shot();
        if (shot.seeds) return {shot.settings.takes, settings_.path_of("takes")};
        return settings_.get("takes", &ShotSettings::takes);
    }

    void resolve_takes() {
        const Setting<TakesAsked> takes = takes_asked();
        const auto seed_count = static_cast<std::int32_t>(shot_.take_seeds.size());
        if (seed_count > 0) shot_.takes = seed_count;
        if (!takes.value) return;
        shot_.takes = takes.value->count;
        if (seed_count > 0 && seed_count != shot_.takes) {
            settings_.complain(takes.path,
                               fmt::format("is {}, but seeds has {}; leave takes out, or give a "
                                           "seed for each",
                                           shot_.takes,
                                           seed_count));
        }
        const std::int32_t keep = takes.value->keep.value_or(shot_.takes);
        if (keep > shot_.takes) {
            settings_.complain(takes.path + ".keep",
                               fmt::format("{} of {} takes cannot be kept", keep, shot_.takes));
        } else if (keep < shot_.takes || takes.value->at_most) {
            shot_.keep = keep;
        }
        if (takes.value->at_most) resolve_rounds(*takes.value, takes.path + ".at_most");
    }

    void resolve_rounds(const TakesAsked& takes, const std::string& path) {
        if (!takes.keep) {
            settings_.complain(path, "needs keep, the number of usable takes");
        } else if (*takes.at_most < shot_.takes) {
            settings_.complain(
                path, fmt::format("{} is less than count: {}", *takes.at_most, shot_.takes));
        } else if (!shot_.take_seeds.empty() && *takes.at_most != shot_.takes) {
            settings_.complain(path, "takes of further rounds have no seed in seeds; use seed");
        } else {
            shot_.at_most = *takes.at_most;
        }
    }

    void resolve_output() {
        const auto output = settings_.get("output", &ShotSettings::output);
        shot_.output = output.value.value_or("");
        if (output.value && output.value->empty()) {
            settings_.complain(output.path,
                               "is empty; expected a folder such as {shot}/v{version:03}");
            return;
        }
        const std::string problem = output_problem(shot_.output);
        if (!problem.empty()) settings_.complain(output.path, problem);
    }

    void resolve_for(const ModelCard& card) {
        shot_.model = card.name;
        check_references(settings_, card, means_, shot_);
        check_keys(settings_, card, keys_);
        recipe_ = resolve_recipe(settings_, card, recipes_, loras_);
        shot_.loras.insert(shot_.loras.begin(), recipe_.loras.begin(), recipe_.loras.end());
        const std::string problem = lora_problem(shot_.loras, card);
        if (!problem.empty()) {
            settings_.complain(settings_.get("loras", &ShotSettings::loras).path, problem);
        }
        resolve_size(card);
        check_picture_sizes(card);
        resolve_rate(card);
        resolve_sampling(card);
        resolve_segments(settings_, card, shot_);
        resolve_frames(card);
        check_forcing(settings_, card, shot_);
    }

    void resolve_size(const ModelCard& card) {
        const auto size = settings_.get("size", &ShotSettings::size);
        if (size.value) {
            shot_.size = *size.value;
            const PictureSize legal = nearest_size(*size.value, card);
            if (legal == *size.value) {
                const std::string warning = size_warning(legal, card);
                if (!warning.empty()) settings_.warn(size.path, warning);
                return;
            }
            settings_.complain(size.path,
                               fmt::format("{} does not make {}; the nearest size it makes is {}",
                                           card.name,
                                           TextForm<PictureSize>::write(*size.value),
                                           TextForm<PictureSize>::write(legal)));
            return;
        }
        if (!card.sizes.empty()) {
            shot_.size = card.sizes.front();
        } else if (!settings_.is_written(size.path)) {
            settings_.complain(size.path,
                               fmt::format("is missing; {} makes any size in steps of {} up to {}",
                                           card.name,
                                           card.size_multiple,
                                           card.size_max));
        }
    }

    void check_picture_sizes(const ModelCard& card) {
        if (nearest_size(shot_.size, card) != shot_.size) return;  // complained of
        for (const WrittenKey& key : keys_) pictures_.require_size(key.picture, shot_.size);
        if (card.references_max == 0 || takes_references_of_any_size(card)) return;
        for (const GivenPicture& reference : references_) {
            pictures_.require_size(reference, shot_.size);
        }
    }

    void resolve_rate(const ModelCard& card) {
        const auto fps = settings_.get("fps", &ShotSettings::fps);
        const auto conversion = settings_.get("rate", &ShotSettings::rate);
        shot_.rate = fps.value.value_or(card.rate);
        if (is_same_rate(shot_.rate, card.rate)) return;
        const std::string own = TextForm<FrameRate>::write(card.rate);
        if (!conversion.value) {
            // One that is wrong was complained of where it stands.
            if (settings_.is_written(conversion.path)) return;
            settings_.complain(
                fps.path,
                fmt::format("{} makes {} frames a second; write rate: conform (its frames one to "
                            "one), hold (repeated) or blend (mixed), or fps: {}",
                            card.name,
                            own,
                            own));
            return;
        }
        shot_.rate_change = RateChange{*conversion.value, card.rate, shot_.rate};
        if (conversion.value != RateConversion::conform) shot_.rate = card.rate;
    }

    void resolve_sampling(const ModelCard& card) {
        const auto quality = settings_.get("quality", &ShotSettings::quality);
        shot_.quality = quality.value.value_or(Quality::final);
        ShotSampling sampling = nightreel::resolve_sampling(
            settings_, card, {shot_.quality, shot_.size, recipe_.recipe});
        shot_.sampling = std::move(sampling.settings);
        shot_.step_cache_fit = std::move(sampling.step_cache_fit);
        if (recipe_.recipe != nullptr) {
            shot_.recipe = recipe_use(*recipe_.recipe, shot_.sampling, recipe_.changed);
        }
        const auto negative = settings_.get("negative", &ShotSettings::negative);
        shot_.negative_prompt = joined_blanks(negative.value.value_or(card.negative_prompt));
        shot_.negative_prompt = with_words(shot_.negative_prompt, negative_words_);
        if (style_ != nullptr) {
            shot_.negative_prompt = with_words(shot_.negative_prompt, style_->negative);
        }
        const SamplingSettings& settings = shot_.sampling;
        const bool is_guided = settings.guidance > 1 || settings.guidance_low > 1;
        if (!is_guided) warn_of_unused_negative(negative);
    }

    void warn_of_unused_negative(const Setting<std::string>& negative) const {
        constexpr const char* why = "has no effect with guidance 1";
        if (negative.value && !negative.value->empty()) {
            settings_.warn(negative.path, why);
        } else if (!negative_words_.empty()) {
            settings_.warn(settings_.path_of("prompt"),
                           fmt::format("the negative prompt of its characters {}", why));
        } else if (style_ != nullptr && !style_->negative.empty()) {
            settings_.warn(settings_.get("style", &ShotSettings::style).path,
                           fmt::format("its negative prompt {}", why));
        }
    }

    void resolve_frames(const ModelCard& card) {
        const auto asked = asked_frames(card);
        if (!asked) return;
        const std::int64_t total =
            shot_.rate_change && *asked > 0 ? frames_made_for(*asked, *shot_.rate_change) : *asked;
        const TakeTime time{shot_.rate, shot_.rate_change, total};
        shot_.cards = place_cards(settings_, board_, time);
        if (shot_.cards) {
            for (TextCard& text : *shot_.cards) text.prompt = styled(text.prompt);
        }
        shot_.keys = place_keys(settings_, card, time, keys_);
        const bool has_between = has_key(keys_, KeyPlace::between);
        const bool has_end = has_key(keys_, KeyPlace::end);
        // Pictures between the ends divide a take of such a model, however short it is.
        const bool is_divided = has_between && !takes_pictures_anywhere(card);
        const bool is_long = total > frames_of_segment(shot_.segment_latents, card);
        const LongTake take{total, length_path(), has_between || has_end};
        const bool keeps_frames = shot_.edit && keeps_whole_frames(*shot_.edit);
        if ((is_long || is_divided) && !keeps_frames &&
            !resolve_long_take(settings_, card, take, continuing_, shot_)) {
            return;
        }
        if (!is_long && !is_divided) check_end(card, total);
        if (shot_.edit && shot_.edit->strength) check_remix_streams();
        if (shot_.edit && shot_.edit->control) check_control_streams();
        number_frames(total, *asked);
    }

    // Of a take of one segment.
    void check_end(const ModelCard& card, std::int64_t total) const {
        if (!has_key(keys_, KeyPlace::end)) return;
        if (card.last_picture != PictureUse::refused) {
            // Frames beyond the take would be dropped, and the picture with them.
            const LatentCount whole =
                segment_latents({LengthUnit::frames, total}, shot_.rate, card);
            if (!whole.problem.empty()) {
                settings_.complain(length_path(),
                                   fmt::format("with a picture at its end a take is one segment "
                                               "and ends with it: {}",
                                               whole.problem));
            }
        }
        if (total == 1 && has_key(keys_, KeyPlace::start)) {
            settings_.complain(settings_.path_of("keys"),
                               "the only frame cannot be both the first and the last picture; "
                               "remove one of them, or make the take longer");
        }
    }

    void number_frames(std::int64_t made, std::int64_t asked) {
        const std::int64_t first = first_frame();
        shot_.frames = {first, first + made - 1};
        const FrameRange delivered{first, first + asked - 1};
        if (is_retimed()) shot_.delivered = delivered;
        if (delivered.first < 0 || delivered.last > frame_number_max) {
            settings_.complain(length_path(),
                               fmt::format("with handles the frames are numbered {} to {}: "
                                           "expected 0 to {}",
                                           delivered.first,
                                           delivered.last,
                                           frame_number_max));
        }
    }

    bool is_retimed() const {
        return shot_.rate_change && shot_.rate_change->conversion != RateConversion::conform;
    }

    // Delivered frames with handles, or nothing after a complaint.
    std::optional<std::int64_t> asked_frames(const ModelCard& card) {
        shot_.handles = settings_.get("handles", &ShotSettings::handles).value.value_or(0);
        const std::optional<EditVerb> verb = verb_of(settings_);
        if (settings_.shot().still.value_or(false)) {
            shot_.handles = 0;
            return 1;
        }
        std::optional<std::int64_t> total = cut_frames();
        if (total) *total += 2 * std::int64_t{shot_.handles};
        if (!verb) return total;
        if (is_retimed()) {
            const Setting<RateConversion> rate = settings_.get("rate", &ShotSettings::rate);
            settings_.complain(
                rate.path,
                fmt::format("{} cannot be combined with {}, which keeps frames as they are; write "
                            "rate: conform, or fps: {}",
                            word_of(*rate.value),
                            word_of(*verb),
                            TextForm<FrameRate>::write(card.rate)));
            return {};
        }
        total = resolve_edit(settings_, card, *verb, total, means_, shot_);
        if (!total || *total > 2 * std::int64_t{shot_.handles}) return total;
        settings_.complain(
            settings_.path_of("handles"),
            fmt::format("{} at each end leave nothing of the {} frames", shot_.handles, *total));
        return {};
    }

    std::string length_path() const {
        for (const char* word : {"duration",
                                 "range",
                                 "recut",
                                 "retake",
                                 "remix",
                                 "blend",
                                 "control",
                                 "paint",
                                 "reframe"}) {
            if (settings_.is_written(settings_.path_of(word))) return settings_.path_of(word);
        }
        return settings_.path_of("frames");
    }

    // A part of the noised clip begins a segment of it only where the segments are one stream.
    void check_remix_streams() const {
        if (!shot_.continues && shot_.strategy != Strategy::anchors) return;
        settings_.complain(settings_.path_of("remix"),
                           fmt::format("the clip has {} frames, more than a segment of {}, and {} "
                                       "can only remix longer ones with strategy: windowed",
                                       shot_.edit->clips.front().frames.count(),
                                       shot_.model,
                                       shot_.model));
    }

    // A card may prefer windows.
    void check_control_streams() const {
        if (shot_.strategy != Strategy::windowed) return;
        const std::string verb(word_of(shot_.edit->verb));
        settings_.complain(settings_.path_of(verb),
                           fmt::format("cannot be combined with windows, which {} uses for long "
                                       "takes; write strategy: chain",
                                       shot_.model));
    }

    std::int64_t first_frame() const {
        const NightShot& shot = settings_.shot();
        if (shot_.edit && !shot.range && !shot.settings.first_frame) {
            if (const auto first = first_number_of(*shot_.edit)) return *first;
        }
        if (shot.range) {
            if (shot.settings.first_frame) {
                settings_.complain(settings_.path_of("first_frame"),
                                   "range: gives the frame numbers already; keep one");
            }
            return shot.range->first - shot_.handles;
        }
        return settings_.get("first_frame", &ShotSettings::first_frame)
            .value.value_or(first_frame_default);
    }

    // Frames of the cut, or nothing after a complaint.
    std::optional<std::int64_t> cut_frames() const {
        const NightShot& shot = settings_.shot();
        if (shot.frames) return shot.frames;
        if (shot.range) return shot.range->count();
        if (!shot.duration) return {};
        const WholeFrames frames = whole_frames(*shot.duration, delivered_rate(shot_));
        if (frames.problem.empty()) return frames.count;
        settings_.complain(settings_.path_of("duration"), frames.problem);
        return {};
    }

    const ShotSettingsReader& settings_;
    const Characters& characters_;
    const ResolvedStyle* style_;  // null: none
    LoraShelf& loras_;
    PictureShelf& pictures_;
    RecipeShelf& recipes_;
    const ContinuingModels& continuing_;
    const ShotMeans& means_;
    ShotRecipe recipe_;
    std::vector<BoardCard> board_;
    std::vector<GivenPicture> references_;
    std::string negative_words_;  // of the characters
    std::vector<WrittenKey> keys_;
    ResolvedShot shot_;
};

}  // namespace

ResolvedShot resolve_shot(const ShotSettingsReader& settings,
                          const Characters& characters,
                          const Styles& styles,
                          LoraShelf& loras,
                          PictureShelf& pictures,
                          RecipeShelf& recipes,
                          const ModelCard* card,
                          const ContinuingModels& continuing,
                          const ShotMeans& means) {
    return ShotResolver(settings, characters, styles, loras, pictures, recipes, continuing, means)
        .resolve(card);
}

}  // namespace nightreel
