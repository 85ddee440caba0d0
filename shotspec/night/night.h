#pragma once
// The night as somebody wrote it: what was left out is absent. Described once here; the reader, the
// JSON Schema and the reference page follow. Plain values, any thread.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/card/model_card.h"
#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/prose.h"
#include "shotspec/describe/units.h"
#include "shotspec/night/edit_settings.h"
#include "shotspec/night/key_time.h"
#include "shotspec/night/lora_settings.h"
#include "shotspec/night/promotion.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/night/shot_settings.h"
#include "shotspec/night/shot_verbs.h"
#include "shotspec/night/style_sheet.h"

namespace nightreel {

struct CharacterSheet {
    std::string prompt;
    std::vector<std::string> references;
    std::vector<LoraAsked> loras;
    std::optional<std::string> negative;
};

template <class Visitor>
void describe(CharacterSheet& value, Visitor& field) {
    field("prompt",
          value.prompt,
          {.meaning = "Text that replaces {name} in prompts.",
           .required = true,
           .example = "\"a small striped red star\""});
    field("references",
          value.references,
          {.meaning =
               "Reference pictures (PNG, JPEG, EXR), relative to this file (docs/pictures.md).",
           .example = "[refs/mira.png]"});
    field("loras",
          value.loras,
          {.meaning = "LoRAs to apply to every shot whose prompt names the character.",
           .example = "[{ file: loras/mira.safetensors, strength: 0.9 }]"});
    field("negative",
          value.negative,
          {.meaning = "Text that is added to the negative prompt of every shot whose prompt names "
                      "the character, after a comma.",
           .example = "\"spots\""});
}

struct NightKey {
    KeyTime at;
    std::string image;
};

template <class Visitor>
void describe(NightKey& value, Visitor& field) {
    field("at",
          value.at,
          {.meaning = "Time or frame from the first frame of the take, handles included, or end. "
                      "Between the ends only for models with pictures_between in their card.",
           .required = true,
           .example = "0s"});
    field("image",
          value.image,
          {.meaning = "Picture file (PNG, JPEG, EXR), relative to this file; its size is the "
                      "shot's size or a multiple of it.",
           .required = true,
           .example = "keys/open.png"});
}

struct NightShot {
    std::string shot;
    std::string prompt;
    std::optional<std::uint64_t> seed;
    std::optional<std::vector<std::uint64_t>> seeds;
    std::optional<Length> duration;
    std::optional<std::int64_t> frames;
    std::optional<FrameRange> range;
    std::vector<NightKey> keys;
    std::optional<ExtendAsked> extend;
    std::optional<FillAsked> fill;
    std::optional<bool> loop;
    std::optional<RecutAsked> recut;
    std::optional<RetakeAsked> retake;
    std::optional<RemixAsked> remix;
    std::optional<BlendAsked> blend;
    std::optional<ControlAsked> control;
    std::optional<PaintAsked> paint;
    std::optional<ReframeAsked> reframe;
    std::optional<bool> still;
    std::optional<std::vector<StoryCard>> storyboard;
    ShotSettings settings;
    std::string preview_of = {};  // the shot that it is a draft of; not written in a night
};

template <class Visitor>
void describe(NightShot& value, Visitor& field) {
    field("shot",
          value.shot,
          {.meaning = "Name of the shot, unique in the night. The part before the first underscore "
                      "is the sequence.",
           .required = true,
           .example = "sq010_sh0010"});
    field("prompt",
          value.prompt,
          {.meaning = "Text prompt. {name} inserts a character; write {{ and }} for braces.",
           .example = "\"{mira} jumps in a meadow\"",
           .fallback = "required without storyboard"});
    field("duration",
          value.duration,
          {.meaning = "Length of the cut, without handles.", .example = "8s"});
    field("frames",
          value.frames,
          {.meaning = "Length of the cut in frames, without handles.",
           .minimum = 1,
           .maximum = static_cast<double>(shot_frames_max),
           .example = "96"});
    field(
        "range",
        value.range,
        {.meaning =
             "Frame range of the cut, both ends included, without handles. Overrides first_frame.",
         .example = "1001-1096"});
    field("keys",
          value.keys,
          {.meaning =
               "Key pictures: images that stand at a time of the take: its first frame (0s), its "
               "last (end) or, with the bundled model, any other, "
               "handles included. Requires a model that accepts them.",
           .example = "[{ at: 0s, image: keys/open.png }]"});
    field("seed",
          value.seed,
          {.meaning = "Noise seed of this shot's first take; further takes derive theirs from it. "
                      "The same seed gives the same noise in any shot.",
           .minimum = 0,
           .example = "42",
           .fallback = "the seed of the show"});
    field("seeds",
          value.seeds,
          {.meaning = "Noise seeds of the takes, one per take. Overrides seed and takes. The same "
                      "seed gives the same noise in any shot and at any place in the list; the "
                      "noise_seed of a publish.json can be copied here.",
           .minimum = 0,
           .example = "[7, 42, 1234]",
           .fallback = "seed, for every take"});
    describe_verbs(value, field);
    describe(value.settings, field);
}

// The last ones have the length of their clip, or one frame.
template <>
struct ExactlyOne<NightShot> {
    static constexpr auto words = std::to_array<std::string_view>({"duration",
                                                                   "frames",
                                                                   "range",
                                                                   "recut",
                                                                   "retake",
                                                                   "remix",
                                                                   "blend",
                                                                   "control",
                                                                   "paint",
                                                                   "reframe",
                                                                   "still"});
};

struct Night {
    std::int32_t version = night_version;
    std::string show;
    std::uint64_t seed = 0;
    std::vector<std::string> include;
    ShotSettings defaults;
    std::map<std::string, CharacterSheet> characters;
    std::map<std::string, StyleSheet> styles;
    std::vector<NightShot> shots;
    std::optional<bool> preview;
    std::optional<std::vector<PromotedShot>> promote;
};

template <class Visitor>
void describe(Night& value, Visitor& field) {
    field("nightreel",
          value.version,
          {.meaning = "Version of the file format.",
           .minimum = night_version,
           .maximum = night_version,
           .required = true,
           .example = "1"});
    field("show", value.show, {.meaning = "Name of the show.", .required = true});
    field("seed",
          value.seed,
          {.meaning = "Seed of the show. Takes of shots without seeds of their own derive their "
                      "noise seed from it, the shot name and the take number.",
           .minimum = 0,
           .example = "1234",
           .fallback = "0"});
    field("include",
          value.include,
          {.meaning = "Night files to read first, relative to this file. This file overrides their "
                      "defaults, and their characters and styles of the same name; their shots "
                      "come first.",
           .example = "[characters.yaml]"});
    field("defaults",
          value.defaults,
          {.meaning = "Defaults for every shot. A shot can override each of them."});
    field("characters",
          value.characters,
          {.meaning = "Characters that prompts can refer to by name."});
    field("styles", value.styles, {.meaning = "Looks that shots can have, by name (`style`)."});
    field("shots", value.shots, {.meaning = "Shots to render.", .required = true});
    field("preview",
          value.preview,
          {.meaning = "Whether a draft of the first take of each shot in final quality is rendered "
                      "before everything else, as shot NAME_preview (docs/takes.md).",
           .example = "true",
           .fallback = "false"});
    field(
        "promote",
        value.promote,
        {.meaning = "Takes to render again in final quality, by their noise seeds; all other shots "
                    "are skipped. `nightreel promote` writes it (docs/takes.md).",
         .example = "[{ shot: sq010_sh0010, seeds: [0x9a3c51c07d2e8f44] }]"});
}

template <>
struct Prose<NightShot> {
    static constexpr auto words = std::to_array<std::string_view>({"prompt", "negative"});
};

template <>
struct Prose<ShotSettings> {
    static constexpr auto words = std::to_array<std::string_view>({"negative"});
};

template <>
struct Prose<CharacterSheet> {
    static constexpr auto words = std::to_array<std::string_view>({"prompt", "negative"});
};

// Verbs and keys of later versions: known words, so that nobody is told they were misspelt.
template <>
struct LaterWords<CharacterSheet> {
    static constexpr auto words = std::to_array<std::string_view>({"guidance"});
};
}  // namespace nightreel
