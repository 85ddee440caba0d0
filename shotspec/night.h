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

#include "shotspec/base/fields.h"
#include "shotspec/field_reader.h"
#include "shotspec/model_card.h"
#include "shotspec/resolved_night.h"
#include "shotspec/units.h"

namespace nightreel {

inline constexpr std::int32_t night_version = 1;
inline constexpr std::int32_t takes_max = 99;
inline constexpr std::int32_t handles_max = 1000;
inline constexpr std::int64_t frame_number_max = 9'999'999;
inline constexpr std::int64_t shot_frames_max = 1'000'000;

enum class Reproducible { usual, strict };

template <>
struct EnumWords<Reproducible> {
    static constexpr auto words = std::to_array<std::pair<Reproducible, std::string_view>>(
        {{Reproducible::usual, "usual"}, {Reproducible::strict, "strict"}});
};

struct TakesAsked {
    std::int32_t count = 1;
    std::optional<std::int32_t> keep;
};

template <>
struct ShortForm<TakesAsked> : std::true_type {};

template <class Visitor>
void describe(TakesAsked& value, Visitor& field) {
    field("count",
          value.count,
          {.meaning = "Takes rendered.", .minimum = 1, .maximum = takes_max, .required = true});
    field("keep",
          value.keep,
          {.meaning = "Takes kept. Takes are not ranked yet: as many as are rendered.",
           .minimum = 1,
           .maximum = takes_max,
           .fallback = "count"});
}

// What may stand in `defaults:` as well as in a shot.
struct ShotSettings {
    std::optional<std::string> model;
    std::optional<PictureSize> size;
    std::optional<FrameRate> fps;
    std::optional<TakesAsked> takes;
    std::optional<Quality> quality;
    std::optional<std::int32_t> handles;
    std::optional<std::int64_t> first_frame;
    std::optional<std::string> negative;
    std::optional<Strategy> strategy;
    std::optional<Length> segment;
    std::optional<Length> overlap;
    std::optional<std::int32_t> steps;
    std::optional<double> guidance;
    std::optional<Solver> sampler;
    std::optional<Reproducible> reproducible;
    std::optional<std::string> output;
};

template <class Visitor>
void describe_delivery(ShotSettings& value, Visitor& field) {
    field("size",
          value.size,
          {.meaning = "Picture size; one that the model makes.",
           .example = "96x64",
           .fallback = "the first size of the model's card"});
    field("fps",
          value.fps,
          {.meaning = "Frames a second; the rate that the model makes.",
           .example = "12",
           .fallback = "the model's"});
    field("takes",
          value.takes,
          {.meaning = "How many takes are rendered, each from a seed of its own.",
           .example = "4",
           .fallback = "1"});
    field("handles",
          value.handles,
          {.meaning = "Extra frames before and after the cut, delivered with it.",
           .minimum = 0,
           .maximum = handles_max,
           .example = "8",
           .fallback = "0"});
    field("first_frame",
          value.first_frame,
          {.meaning = "Number of the first delivered frame; the cut begins `handles` later.",
           .minimum = 0,
           .maximum = frame_number_max,
           .example = "1001",
           .fallback = "1001"});
    field("output",
          value.output,
          {.meaning = "Folder of a take below the output root, from {show}, {sequence}, {shot}, "
                      "{version} and {take}.",
           .example = "\"{show}/{shot}/v{version:03}/take{take:02}\"",
           .fallback = "{show}/{sequence}/{shot}/v{version:03}/take{take:02}"});
}

template <class Visitor>
void describe(ShotSettings& value, Visitor& field) {
    field("model",
          value.model,
          {.meaning = "Name of the model, a folder of one of the model roots.",
           .example = "toybox",
           .fallback = "has to be given, for the shot or in defaults"});
    describe_delivery(value, field);
    field("quality",
          value.quality,
          {.meaning = "Which of the model's sampling settings are used.", .fallback = "final"});
    field("negative",
          value.negative,
          {.meaning = "What is not to be seen.", .fallback = "the model's"});
    field("strategy",
          value.strategy,
          {.meaning = "How segments are joined. chain: each continues the latents of the one "
                      "before.",
           .fallback = "chain"});
    field("segment",
          value.segment,
          {.meaning = "Length of a segment, as the model's window allows.",
           .example = "17f",
           .fallback = "the model's usual window"});
    field("overlap",
          value.overlap,
          {.meaning = "What neighbouring segments share; shorter than a segment.",
           .example = "8f",
           .fallback = "the model's"});
    field("steps",
          value.steps,
          {.meaning = "Denoising steps of each segment.",
           .minimum = 1,
           .maximum = 1000,
           .fallback = "the quality's"});
    field("guidance",
          value.guidance,
          {.meaning = "How strongly the prompt is followed; 1 turns guidance off.",
           .minimum = 1,
           .maximum = 30,
           .fallback = "the quality's"});
    field("sampler",
          value.sampler,
          {.meaning = "How a denoising step is taken.", .fallback = "the quality's"});
    field("reproducible",
          value.reproducible,
          {.meaning = "strict keeps all of a take on one class of device, so that it can be made "
                      "again byte for byte.",
           .fallback = "usual"});
}

struct CharacterSheet {
    std::string prompt;
    std::vector<std::string> references;
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
          {.meaning = "Pictures (PNG, JPEG, EXR), relative to this file.",
           .example = "[refs/mira.png]"});
}

struct NightShot {
    std::string shot;
    std::string prompt;
    std::optional<std::uint64_t> seed;
    std::optional<Length> duration;
    std::optional<std::int64_t> frames;
    std::optional<FrameRange> range;
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
    field("seed",
          value.seed,
          {.meaning = "Key of the shot's noise, where it shall not follow the show's.",
           .minimum = 0,
           .fallback = "the show's"});
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
    static constexpr auto words = std::to_array<std::string_view>({"keys",
                                                                   "extend",
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
                                                                   "style",
                                                                   "loras"});
};

template <>
struct LaterWords<ShotSettings> {
    static constexpr auto words = std::to_array<std::string_view>({"style", "loras"});
};

template <>
struct LaterWords<CharacterSheet> {
    static constexpr auto words =
        std::to_array<std::string_view>({"style", "loras", "negative", "guidance"});
};

template <>
struct LaterWords<Night> {
    static constexpr auto words = std::to_array<std::string_view>({"style", "loras"});
};

}  // namespace nightreel
