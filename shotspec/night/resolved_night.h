#pragma once
// A night with nothing optional left: defaults applied, characters written out, paths found, sizes
// and lengths legal for the model. What planning and digests are made from. Plain values, any
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/card/model_card.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/night/lora_settings.h"
#include "shotspec/picture/picture_reading.h"

namespace nightreel {

enum class Quality { draft, final };

template <>
struct EnumWords<Quality> {
    static constexpr auto words = std::to_array<std::pair<Quality, std::string_view>>(
        {{Quality::draft, "draft"}, {Quality::final, "final"}});
};

// chain: each segment continues the latents of the one before.
enum class Strategy { chain };

template <>
struct EnumWords<Strategy> {
    static constexpr auto words =
        std::to_array<std::pair<Strategy, std::string_view>>({{Strategy::chain, "chain"}});
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
    field("character", value.character, {.meaning = "Whose picture it is."});
    field("path", value.path, {.meaning = "Where it lies.", .in_digest = false});
    field("digest", value.digest, {.meaning = "SHA-256 of its bytes."});
    field("reading", value.reading, {.meaning = "How it is read, if not as it is stored."});
    field("size", value.size, {.meaning = "Its size.", .in_digest = false});
}

// Where in a take a given picture stands.
enum class KeyPlace { start, end };

template <>
struct EnumWords<KeyPlace> {
    static constexpr auto words = std::to_array<std::pair<KeyPlace, std::string_view>>(
        {{KeyPlace::start, "0s"}, {KeyPlace::end, "end"}});
};

// A picture that a take begins or ends with, named by its bytes.
struct KeyPicture {
    KeyPlace at = KeyPlace::start;
    std::string path;  // absolute
    Digest digest;
    std::optional<PictureReading> reading = {};  // absent: its pixels as they are stored
    PictureSize size = {};                       // as shown
};

template <class Visitor>
void describe(KeyPicture& value, Visitor& field) {
    field("at", value.at, {.meaning = "Where it stands."});
    field("path", value.path, {.meaning = "Where it lies.", .in_digest = false});
    field("digest", value.digest, {.meaning = "SHA-256 of its bytes."});
    field("reading", value.reading, {.meaning = "How it is read, if not as it is stored."});
    field("size", value.size, {.meaning = "Its size.", .in_digest = false});
}

struct ResolvedShot {
    std::string name;      // "sq010_sh0010"
    std::string sequence;  // "sq010"; "shots" when the name has no underscore
    std::string prompt;    // with the characters written out
    std::string negative_prompt;
    std::vector<ReferencePicture> references;
    std::vector<KeyPicture> keys;  // at most one for each place, in their order
    std::vector<ResolvedLora> loras;
    std::string model;  // key into ResolvedNight::models
    PictureSize size;
    FrameRate rate;
    FrameRange frames;  // delivered numbers, handles included
    std::int32_t handles = 0;
    std::int32_t takes = 1;
    std::uint64_t seed = 0;  // the show's, or the shot's own; 0 where each take has one
    std::vector<std::uint64_t> take_seeds;  // one a take, or empty: then all are from `seed`
    Quality quality = Quality::final;
    Strategy strategy = Strategy::chain;
    std::int32_t segment_latents = 0;  // latent frames of a segment
    std::int32_t overlap_latents = 0;  // of them shared with the segment before
    SamplingSettings sampling;
    StepCacheFit step_cache_fit;       // the model's; of a shot that has a step cache
    bool reproducible_strict = false;  // keep a take on one device class
    std::string output;                // template of a take's folder below the output root
};

template <class Visitor>
void describe(ResolvedShot& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the shot."});
    field("sequence", value.sequence, {.meaning = "Sequence the shot belongs to."});
    field("prompt", value.prompt, {.meaning = "What is to be seen, characters written out."});
    field("negative_prompt", value.negative_prompt, {.meaning = "What is not to be seen."});
    field("references", value.references, {.meaning = "Pictures of the characters."});
    field("keys", value.keys, {.meaning = "Pictures that a take begins or ends with."});
    field("loras", value.loras, {.meaning = "LoRAs that act on the model."});
    field("model", value.model, {.meaning = "Name of the model."});
    field("size", value.size, {.meaning = "Picture size."});
    field("rate", value.rate, {.meaning = "Frame rate."});
    field("frames", value.frames, {.meaning = "Frame numbers delivered, handles included."});
    field("handles", value.handles, {.meaning = "Extra frames at each end."});
    field("takes", value.takes, {.meaning = "How many takes are rendered.", .in_digest = false});
    field("seed", value.seed, {.meaning = "Key of the noise."});
    field("take_seeds", value.take_seeds, {.meaning = "Key of each take's noise, if they differ."});
    field("quality", value.quality, {.meaning = "Which of the model's settings are used."});
    field("strategy", value.strategy, {.meaning = "How segments are joined."});
    field("segment_latents", value.segment_latents, {.meaning = "Latent frames of a segment."});
    field("overlap_latents", value.overlap_latents, {.meaning = "Latent frames neighbours share."});
    field("sampling", value.sampling, {.meaning = "How segments are sampled."});
    field("step_cache_fit", value.step_cache_fit, {.meaning = "What its step cache goes by."});
    field("reproducible_strict",
          value.reproducible_strict,
          {.meaning = "One device class for a take."});
    field("output", value.output, {.meaning = "Template of a take's folder.", .in_digest = false});
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
    field("source", value.source, {.meaning = "The night file.", .in_digest = false});
    field("shots", value.shots, {.meaning = "Every shot."});
}

}  // namespace nightreel
