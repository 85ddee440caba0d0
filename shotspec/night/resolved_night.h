#pragma once
// A night with nothing optional left: defaults applied, characters written out, paths found, sizes
// and lengths legal for the model. Planning and digests are made from it. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/card/model_card.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/night/lora_settings.h"
#include "shotspec/night/rate_conversion.h"
#include "shotspec/night/resolved_edit.h"
#include "shotspec/picture/exr_coding.h"
#include "shotspec/picture/movie_format.h"
#include "shotspec/picture/picture_reading.h"

namespace nightreel {

enum class Quality { draft, final };

template <>
struct EnumWords<Quality> {
    static constexpr auto words = std::to_array<std::pair<Quality, std::string_view>>(
        {{Quality::draft, "draft"}, {Quality::final, "final"}});
};

// A picture of a character, named by its bytes.
struct ReferencePicture {
    std::string character;
    std::string path;  // absolute
    Digest digest;
    std::optional<PictureReading> reading = {};  // absent: its pixels as they are stored
    PictureSize size = {};                       // as shown
};

template <class Visitor>
void describe(ReferencePicture& value, Visitor& field) {
    field("character", value.character, {.meaning = "Name of the character."});
    field("path", value.path, {.meaning = "Path of the file.", .in_digest = false});
    field("digest", value.digest, {.meaning = "SHA-256 of the file."});
    field("reading",
          value.reading,
          {.meaning = "How the file is read; absent: pixels as they are stored."});
    field("size", value.size, {.meaning = "Picture size as shown.", .in_digest = false});
}

// Where in a take a given picture stands.
enum class KeyPlace { start, between, end };

template <>
struct EnumWords<KeyPlace> {
    static constexpr auto words = std::to_array<std::pair<KeyPlace, std::string_view>>(
        {{KeyPlace::start, "0s"}, {KeyPlace::between, "between"}, {KeyPlace::end, "end"}});
};

// A picture that stands in a take, named by its bytes.
struct KeyPicture {
    KeyPlace at = KeyPlace::start;
    std::string path;  // absolute
    Digest digest;
    std::optional<PictureReading> reading = {};  // absent: its pixels as they are stored
    PictureSize size = {};                       // as shown
    std::optional<std::int64_t> frame = {};      // of one between the ends, from 0
};

template <class Visitor>
void describe(KeyPicture& value, Visitor& field) {
    field("at", value.at, {.meaning = "Position in the take."});
    field("path", value.path, {.meaning = "Path of the file.", .in_digest = false});
    field("digest", value.digest, {.meaning = "SHA-256 of the file."});
    field("reading",
          value.reading,
          {.meaning = "How the file is read; absent: pixels as they are stored."});
    field("size", value.size, {.meaning = "Picture size as shown.", .in_digest = false});
    field("frame",
          value.frame,
          {.meaning = "Frame of the take, from 0, if it is neither the first nor the last."});
}

// A prompt of which its model reads a part only, by its tokens, the end of the text included.
struct PromptCut {
    std::int64_t tokens = 0;
    std::int64_t tokens_read = 0;

    friend bool operator==(const PromptCut&, const PromptCut&) = default;
};

template <class Visitor>
void describe(PromptCut& value, Visitor& field) {
    field("tokens", value.tokens, {.meaning = "Tokens of the prompt."});
    field("tokens_read", value.tokens_read, {.meaning = "Tokens that the model reads."});
}

// The recipe that a shot is sampled by, and what the night has otherwise.
struct RecipeUse {
    std::string name;
    std::string source;                // repository and commit that its settings were read in
    std::vector<std::string> changed;  // "steps: 8 instead of 4"

    friend bool operator==(const RecipeUse&, const RecipeUse&) = default;
};

template <class Visitor>
void describe(RecipeUse& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the recipe."});
    field("source", value.source, {.meaning = "Where the recipe's settings were published."});
    field("changed",
          value.changed,
          {.meaning = "Settings of the recipe that the night file overrides."});
}

// A text of a storyboard.
struct TextCard {
    std::int64_t frame = 0;  // of the take, from 0, where it begins
    std::string prompt;      // with the characters written out
};

template <class Visitor>
void describe(TextCard& value, Visitor& field) {
    field("frame", value.frame, {.meaning = "Frame of the take where the text begins, from 0."});
    field("prompt", value.prompt, {.meaning = "Prompt with character names replaced."});
}

struct ResolvedShot {
    std::string name;      // "sq010_sh0010"
    std::string sequence;  // "sq010"; "shots" when the name has no underscore
    std::string prompt;    // with the characters written out
    std::string negative_prompt;
    // Only of prompts that were found too long (pipeline/preflight).
    std::optional<PromptCut> prompt_cut = {};
    std::optional<PromptCut> negative_prompt_cut = {};
    std::vector<ReferencePicture> references;
    std::vector<KeyPicture> keys;                     // at most one for each place, in their order
    std::optional<ResolvedEdit> edit = {};            // of clips; absent: all frames are made
    std::optional<std::vector<TextCard>> cards = {};  // of a storyboard
    std::vector<ResolvedLora> loras;
    std::string model;  // key into ResolvedNight::models
    PictureSize size;
    FrameRate rate;     // of the frames that are made: delivered ones, unless `delivered` is there
    FrameRange frames;  // numbers of the frames that are made, handles included
    std::optional<RateChange> rate_change = {};  // of a model of another rate than the show
    std::optional<FrameRange> delivered = {};    // where frames are held or blended
    std::int32_t handles = 0;
    std::int32_t takes = 1;                    // of the first round, where they are ranked
    std::optional<std::int32_t> keep = {};     // best ones; absent: all, and none is ranked
    std::optional<std::int32_t> at_most = {};  // takes with further rounds; absent: one round
    std::uint64_t seed = 0;  // the show's, or the shot's own; 0 where each take has one
    std::vector<std::uint64_t> take_seeds;  // one a take, or empty: then all are from `seed`
    // Shot whose noise it has, where that derives from a name; absent: its own.
    std::optional<std::string> noise_of = {};
    // Seeds of the shot are its noise itself; absent where noise derives from the show's.
    std::optional<bool> seed_is_given = {};
    Quality quality = Quality::final;
    Strategy strategy = Strategy::chain;
    std::int32_t segment_latents = 0;  // latent frames of a segment
    std::int32_t overlap_latents = 0;  // of them shared with the segment before
    std::optional<bool> cut = {};      // true: separate clips instead of segments; else absent
    // Of a take of several segments that are streams of their own; absent: they share latents.
    std::optional<Continuation> continues = {};
    std::optional<bool> free_noise = {};        // of a take of several windows
    std::optional<std::int32_t> exchange = {};  // likewise
    SamplingSettings sampling;
    std::optional<RecipeUse> recipe = {};          // absent: the preset of the card
    StepCacheFit step_cache_fit;                   // the model's; of a shot that has a step cache
    bool reproducible_strict = false;              // keep a take on one device class
    std::optional<std::string> device_class = {};  // the one of a strict shot, once it is known
    std::optional<ExrCoding> exr = {};             // absent: piz, scene-linear Rec.709
    std::optional<std::string> owner = {};         // absent: the show
    std::optional<std::vector<MovieFormat>> movies = {};  // beside H.264, sorted; absent: none
    std::string output;  // template of a take's folder below the output root
};

// How its takes are made and delivered.
template <class Visitor>
void describe_making(ResolvedShot& value, Visitor& field) {
    field("quality", value.quality, {.meaning = "Sampling preset of the model."});
    field("strategy", value.strategy, {.meaning = "How segments are joined."});
    field("segment_latents", value.segment_latents, {.meaning = "Latent frames in a segment."});
    field("overlap_latents",
          value.overlap_latents,
          {.meaning = "Latent frames that consecutive segments share."});
    field("cut", value.cut, {.meaning = "Whether the take is made of separate clips."});
    field("continues",
          value.continues,
          {.meaning = "What a segment is given of the previous one, if not its latents."});
    field("free_noise",
          value.free_noise,
          {.meaning = "Whether later windows start from the noise of the first one, reordered."});
    field("exchange", value.exchange, {.meaning = "Steps of a window between two averages."});
    field("sampling", value.sampling, {.meaning = "Sampling settings."});
    // What it does stands in sampling and loras.
    field("recipe",
          value.recipe,
          {.meaning = "Recipe that the sampling settings come from.", .in_digest = false});
    field("exr", value.exr, {.meaning = exr_coding_meaning});
    field("owner", value.owner, {.meaning = "Owner of the frames; absent: the show."});
    field("movies", value.movies, {.meaning = "Movies beside the review movie."});
}

template <class Visitor>
void describe(ResolvedShot& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the shot."});
    field("sequence", value.sequence, {.meaning = "Sequence the shot belongs to."});
    field(
        "prompt", value.prompt, {.meaning = "Prompt with character names replaced by their text."});
    field("negative_prompt", value.negative_prompt, {.meaning = "Negative prompt."});
    // Both follow from prompt and model.
    field("prompt_cut",
          value.prompt_cut,
          {.meaning = "Token counts, if the prompt is longer than the model reads.",
           .in_digest = false});
    field("negative_prompt_cut",
          value.negative_prompt_cut,
          {.meaning = "Token counts, if the negative prompt is longer than the model reads.",
           .in_digest = false});
    field("references", value.references, {.meaning = "Reference pictures of the characters."});
    field("keys", value.keys, {.meaning = "Pictures that the take begins or ends with."});
    field("edit", value.edit, {.meaning = "Operation on clips."});
    field("cards", value.cards, {.meaning = "Texts of a storyboard."});
    field("loras", value.loras, {.meaning = "LoRAs to apply."});
    field("model", value.model, {.meaning = "Name of the model."});
    field("size", value.size, {.meaning = "Picture size."});
    field("rate", value.rate, {.meaning = "Frame rate of the frames made."});
    field("frames", value.frames, {.meaning = "Frame range made, handles included."});
    field("rate_change",
          value.rate_change,
          {.meaning = "How the model serves another frame rate than its own."});
    field("delivered",
          value.delivered,
          {.meaning = "Frame range to deliver, if it is not the range made."});
    field("handles", value.handles, {.meaning = "Extra frames before and after the cut."});
    field("takes", value.takes, {.meaning = "Number of takes.", .in_digest = false});
    field("keep",
          value.keep,
          {.meaning = "Number of takes to keep, if they are ranked.", .in_digest = false});
    field("at_most",
          value.at_most,
          {.meaning = "Number of takes with further rounds.", .in_digest = false});
    field("seed", value.seed, {.meaning = "Seed of the shot."});
    field("take_seeds",
          value.take_seeds,
          {.meaning = "Seed of each take, if they are set one by one."});
    field("noise_of",
          value.noise_of,
          {.meaning = "Shot whose noise it has, if that is not its own."});
    field("seed_is_given",
          value.seed_is_given,
          {.meaning = "Whether the seeds are the noise seeds of takes; otherwise they are derived "
                      "from seed, shot name and take number."});
    describe_making(value, field);
    field("step_cache_fit", value.step_cache_fit, {.meaning = "Coefficients of the step cache."});
    field("reproducible_strict",
          value.reproducible_strict,
          {.meaning = "Whether all tasks of a take run on one device class."});
    field("device_class",
          value.device_class,
          {.meaning = "Device class that the tasks of a strict shot run on."});
    field("output",
          value.output,
          {.meaning = "Template for the folder of a take.", .in_digest = false});
}

inline FrameRange delivered_frames(const ResolvedShot& shot) {
    return shot.delivered.value_or(shot.frames);
}

inline FrameRate delivered_rate(const ResolvedShot& shot) {
    return shot.rate_change ? shot.rate_change->delivered : shot.rate;
}

// What the model is told; it was trained at that.
inline FrameRate model_rate(const ResolvedShot& shot) {
    return shot.rate_change ? shot.rate_change->made : shot.rate;
}

// With all rounds.
inline std::int32_t takes_at_most(const ResolvedShot& shot) {
    return shot.at_most.value_or(shot.takes);
}

struct ResolvedNight {
    std::string show;
    std::string source;  // path of the night file, for messages
    std::vector<ModelCard> models;
    std::vector<ResolvedShot> shots;
    Digest digest;  // over the canonical form of show, shots and the models' digests
};

template <class Visitor>
void describe(ResolvedNight& value, Visitor& field) {
    field("show", value.show, {.meaning = "Name of the show."});
    field("source", value.source, {.meaning = "Path of the night file.", .in_digest = false});
    field("shots", value.shots, {.meaning = "All shots."});
}

}  // namespace nightreel
