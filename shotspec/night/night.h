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
#include "shotspec/describe/units.h"
#include "shotspec/night/lora_settings.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/night/shot_settings.h"

namespace nightreel {

struct CharacterSheet {
    std::string prompt;
    std::vector<std::string> references;
    std::vector<LoraAsked> loras;
};

template <class Visitor>
void describe(CharacterSheet& value, Visitor& field) {
    field("prompt",
          value.prompt,
          {.meaning = "What {name} stands for in prompts.",
           .required = true,
           .example = "\"a small striped red star\""});
    field("references",
          value.references,
          {.meaning = "Pictures (PNG, JPEG, EXR), relative to this file (docs/pictures.md).",
           .example = "[refs/mira.png]"});
    field("loras",
          value.loras,
          {.meaning = "LoRAs that act on every shot whose prompt names the character.",
           .example = "[{ file: loras/mira.safetensors, strength: 0.9 }]"});
}

struct NightKey {
    KeyPlace at = KeyPlace::start;
    std::string image;
};

template <class Visitor>
void describe(NightKey& value, Visitor& field) {
    field("at", value.at, {.meaning = "Where in the take it stands.", .required = true});
    field(
        "image",
        value.image,
        {.meaning = "The picture (PNG, JPEG, EXR), relative to this file, of the shot's size or a "
                    "multiple of it.",
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
    ShotSettings settings;
};

template <class Visitor>
void describe(NightShot& value, Visitor& field) {
    field("shot",
          value.shot,
          {.meaning = "Name, unique in the night. What stands before its first underscore names "
                      "the sequence.",
           .required = true,
           .example = "sq010_sh0010"});
    field("prompt",
          value.prompt,
          {.meaning = "What is to be seen; {name} stands for a character, {{ and }} for braces.",
           .required = true,
           .example = "\"{mira} jumps in a meadow\""});
    field("duration",
          value.duration,
          {.meaning = "Length of the cut, handles not counted.", .example = "8s"});
    field("frames",
          value.frames,
          {.meaning = "The same in frames.",
           .minimum = 1,
           .maximum = static_cast<double>(shot_frames_max),
           .example = "96"});
    field("range",
          value.range,
          {.meaning = "The same as frame numbers of the cut, both included; handles lie outside. "
                      "Takes the place of first_frame.",
           .example = "1001-1096"});
    field("keys",
          value.keys,
          {.meaning = "Pictures that the take begins (0s) or ends with, handles included, for a "
                      "model that takes them.",
           .example = "[{ at: 0s, image: keys/open.png }]"});
    field("seed",
          value.seed,
          {.meaning = "Key of the shot's noise, where it shall not follow the show's.",
           .minimum = 0,
           .fallback = "the show's"});
    field("seeds",
          value.seeds,
          {.meaning = "Key of each take's noise in turn, and so how many takes there are. Takes "
                      "the place of seed and takes.",
           .minimum = 0,
           .example = "[7, 42, 1234]",
           .fallback = "seed for every take"});
    describe(value.settings, field);
}

template <>
struct ExactlyOne<NightShot> {
    static constexpr auto words = std::to_array<std::string_view>({"duration", "frames", "range"});
};

struct Night {
    std::int32_t version = night_version;
    std::string show;
    std::uint64_t seed = 0;
    std::vector<std::string> include;
    ShotSettings defaults;
    std::map<std::string, CharacterSheet> characters;
    std::vector<NightShot> shots;
};

template <class Visitor>
void describe(Night& value, Visitor& field) {
    field("nightreel",
          value.version,
          {.meaning = "Version of this format.",
           .minimum = night_version,
           .maximum = night_version,
           .required = true,
           .example = "1"});
    field("show", value.show, {.meaning = "Name of the show.", .required = true});
    field("seed",
          value.seed,
          {.meaning = "The show's key; every shot and take derives its own.",
           .minimum = 0,
           .example = "1234",
           .fallback = "0"});
    field("include",
          value.include,
          {.meaning = "Files read first, relative to this one. Their defaults and characters are "
                      "overridden by name, their shots stand in front.",
           .example = "[characters.yaml]"});
    field("defaults", value.defaults, {.meaning = "Settings of all shots that do not say other."});
    field("characters", value.characters, {.meaning = "Who may be named in prompts."});
    field("shots", value.shots, {.meaning = "What is rendered.", .required = true});
}

// Verbs and keys of later versions: known words, so that nobody is told they were misspelt.
template <>
struct LaterWords<NightShot> {
    static constexpr auto words = std::to_array<std::string_view>({"extend",
                                                                   "fill",
                                                                   "loop",
                                                                   "remix",
                                                                   "recut",
                                                                   "blend",
                                                                   "paint",
                                                                   "reframe",
                                                                   "storyboard",
                                                                   "still",
                                                                   "retake",
                                                                   "control",
                                                                   "style"});
};

template <>
struct LaterWords<ShotSettings> {
    static constexpr auto words = std::to_array<std::string_view>({"style"});
};

template <>
struct LaterWords<CharacterSheet> {
    static constexpr auto words =
        std::to_array<std::string_view>({"style", "negative", "guidance"});
};

template <>
struct LaterWords<Night> {
    static constexpr auto words = std::to_array<std::string_view>({"style"});
};

}  // namespace nightreel
