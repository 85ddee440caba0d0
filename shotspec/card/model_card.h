#pragma once
// What the planner has to know of a model without opening its weights: `model.yaml` in the model's
// folder. Plain values, any thread. Read by read_model_card (shotspec/card/read_model_card.h).

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shotspec/base/clock.h"
#include "shotspec/base/digest.h"
#include "shotspec/card/approximation.h"
#include "shotspec/card/model_dimensions.h"
#include "shotspec/card/sampling_settings.h"
#include "shotspec/card/strategy.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// Whether a clip can begin (or end) with a picture that is given.
enum class PictureUse { refused, taken, needed };

template <>
struct EnumWords<PictureUse> {
    static constexpr auto words =
        std::to_array<std::pair<PictureUse, std::string_view>>({{PictureUse::refused, "refused"},
                                                                {PictureUse::taken, "taken"},
                                                                {PictureUse::needed, "needed"}});
};

// The longest clip that a model makes at once, in latent frames (4 k + 1 pixel frames are k + 1 of
// them).
struct ModelWindow {
    std::int32_t latent_frames_min = 1;
    std::int32_t latent_frames_max = 21;
    std::int32_t latent_frames = 21;  // what a segment is unless the night file says otherwise
    std::int32_t overlap = 2;         // latent frames of history that a following segment is given
    std::optional<std::int32_t> overlap_draft = {};  // the same for quality: draft
};

template <class Visitor>
void describe(ModelWindow& value, Visitor& field) {
    field("latent_frames_min",
          value.latent_frames_min,
          {.meaning = "Shortest segment, in latent frames.", .minimum = 1});
    field("latent_frames_max",
          value.latent_frames_max,
          {.meaning = "Longest segment, in latent frames.", .minimum = 1});
    field("latent_frames",
          value.latent_frames,
          {.meaning = "Default segment length, in latent frames.", .minimum = 1});
    field("overlap",
          value.overlap,
          {.meaning = "Default overlap of consecutive segments, in latent frames.", .minimum = 0});
    field("overlap_draft",
          value.overlap_draft,
          {.meaning = "Default overlap for quality: draft.", .minimum = 1, .fallback = "overlap"});
}

struct ModelLatents {
    std::int32_t channels = 16;
    std::int32_t frames_per_latent =
        4;  // pixel frames of each latent frame but the first, which has one
    std::int32_t pixels_per_latent = 8;  // along both sides
    std::int32_t patch = 2;              // latent cells of a token along both sides
};

template <class Visitor>
void describe(ModelLatents& value, Visitor& field) {
    field("channels", value.channels, {.meaning = "Number of latent channels.", .minimum = 1});
    field("frames_per_latent",
          value.frames_per_latent,
          {.meaning = "Frames per latent frame.", .minimum = 1});
    field("pixels_per_latent",
          value.pixels_per_latent,
          {.meaning = "Pixels per latent cell, along one side.", .minimum = 1});
    field(
        "patch", value.patch, {.meaning = "Latent cells per token, along one side.", .minimum = 1});
}

// The shift at one size, where it is another than that of draft and final.
struct SizeShift {
    PictureSize size;
    double shift = 0;
};

template <class Visitor>
void describe(SizeShift& value, Visitor& field) {
    field("size", value.size, {.meaning = "Picture size.", .required = true});
    field("shift",
          value.shift,
          {.meaning = "Shift of the noise levels at this size.", .minimum = 0, .required = true});
}

// For planning only; measured figures replace it in reports.
struct ModelCost {
    double seconds_per_step_token = 0;  // one step with guidance, on the reference machine
    double decode_seconds_per_pixel = 0;
    ModelDimensions dimensions;
    std::int64_t memory_bytes = 0;  // of every task; read where the dimensions are not known
};

template <class Visitor>
void describe(ModelCost& value, Visitor& field) {
    field(
        "seconds_per_step_token",
        value.seconds_per_step_token,
        {.meaning = "Seconds per token and guided step, on the reference machine.", .minimum = 0});
    field("decode_seconds_per_pixel",
          value.decode_seconds_per_pixel,
          {.meaning = "Seconds per decoded pixel, on the reference machine.", .minimum = 0});
    field("dimensions",
          value.dimensions,
          {.meaning = "Dimensions of the networks, from which memory is estimated."});
    field("memory_bytes",
          value.memory_bytes,
          {.meaning = "Memory of any task, in bytes; used where `dimensions` is missing.",
           .minimum = 0});
}

struct ModelFile {
    std::string path;  // relative to the model's folder
    Digest digest;
};

template <class Visitor>
void describe(ModelFile& value, Visitor& field) {
    field("path",
          value.path,
          {.meaning = "Path of the file, relative to the model's folder.", .required = true});
    field("digest", value.digest, {.meaning = "SHA-256 of the file.", .required = true});
}

struct ModelCard {
    std::string name;
    std::string family;  // "wan2.1-t2v"
    std::string licence;
    std::string training_data;  // one sentence, for the record of each take
    std::vector<PictureSize>
        sizes;                 // the sizes it was trained on; empty: any multiple of size_multiple
    bool other_sizes = false;  // makes others too: any multiple of size_multiple
    std::int32_t size_multiple = 16;
    std::int32_t size_max = 1280;  // of the longer side
    FrameRate rate{16, 1};
    std::int32_t references_max = 0;  // pictures of characters a segment can be given; 0: none
    bool history = false;             // can be given clean latent frames of the segment before
    // As shotspec/card/long_takes.h says where they are left out.
    std::optional<Continuation> continues = {};
    std::optional<Strategy> strategy = {};
    PictureUse first_picture = PictureUse::refused;
    PictureUse last_picture = PictureUse::refused;
    // Of models with history whose clean frames may stand anywhere in a segment.
    std::optional<PictureUse> pictures_between = {};
    std::int32_t prompt_tokens_max = 512;
    std::vector<std::string> vocabulary;  // every word it knows, in lower case; empty: any
    std::string negative_prompt;
    ModelWindow window;
    ModelLatents latents;
    SamplingSettings draft;
    SamplingSettings final;
    StepCacheFit step_cache;
    std::vector<SizeShift> shift_by_size;  // in place of the shift of draft and final
    std::vector<MeasuredApproximation> measured;
    ModelCost cost;
    std::optional<Millis> stall;  // of tasks of this model; absent: as the worker has it
    std::vector<ModelFile> files;

    // Not in the file: where it was read from, and the digest of the card (which names every
    // file's).
    std::string folder;
    Digest digest;
};

template <class Visitor>
void describe_sizes(ModelCard& value, Visitor& field) {
    field("sizes",
          value.sizes,
          {.meaning = "Picture sizes of the training; default: any multiple of size_multiple."});
    field("other_sizes",
          value.other_sizes,
          {.meaning = "Whether other sizes than `sizes` are allowed: multiples of size_multiple up "
                      "to size_max. A size with more or fewer pixels than all of `sizes` gives a "
                      "warning.",
           .in_digest = false});
    field(
        "size_multiple",
        value.size_multiple,
        {.meaning = "Width and height must be multiples of this number of pixels.", .minimum = 1});
    field("size_max",
          value.size_max,
          {.meaning = "Maximum of width and height, in pixels.", .minimum = 1});
}

// What a night file may ask of the model.
template <class Visitor>
void describe_abilities(ModelCard& value, Visitor& field) {
    field("name",
          value.name,
          {.meaning = "Name of the model, as night files write it.", .required = true});
    field("family",
          value.family,
          {.meaning = "Family of networks, such as wan2.1-t2v.", .required = true});
    field(
        "licence", value.licence, {.meaning = "SPDX identifier of the licence.", .required = true});
    field("training_data",
          value.training_data,
          {.meaning = "Training data, in one sentence; recorded in takes.", .required = true});
    describe_sizes(value, field);
    field("rate", value.rate, {.meaning = "Frame rate that the model was trained at."});
    field("references_max",
          value.references_max,
          {.meaning = "Maximum number of reference pictures per segment; 0: none.", .minimum = 0});
    field("history",
          value.history,
          {.meaning = "Whether a segment can continue the latents of another one."});
    field("continues",
          value.continues,
          {.meaning = "What a segment is given of the previous one: latents, picture (its last "
                      "frame), frames (its last frames, VACE), or none.",
           .fallback = "chosen by the family and history"});
    field(
        "strategy",
        value.strategy,
        {.meaning = "How a take of several segments is made unless the night file says otherwise.",
         .fallback = "chain where the model can continue a segment, otherwise windowed"});
    field("first_picture",
          value.first_picture,
          {.meaning = "Whether a take can begin with a given picture."});
    field("last_picture",
          value.last_picture,
          {.meaning = "Whether a take of one segment can end with a given picture."});
    // Decides no pixel of a shot without such a picture.
    field("pictures_between",
          value.pictures_between,
          {.meaning = "Whether pictures can be given at any time of a take: refused or taken. "
                      "Requires history.",
           .in_digest = false,
           .fallback = "refused"});
    field("prompt_tokens_max",
          value.prompt_tokens_max,
          {.meaning = "Maximum prompt length, in tokens.", .minimum = 1});
    field("vocabulary",
          value.vocabulary,
          {.meaning = "All words that it knows, in lower case; empty: any.", .in_digest = false});
    field("negative_prompt", value.negative_prompt, {.meaning = "Default negative prompt."});
}

template <class Visitor>
void describe(ModelCard& value, Visitor& field) {
    describe_abilities(value, field);
    field("window", value.window, {.meaning = "Segment lengths that the model supports."});
    field("latents", value.latents, {.meaning = "Latent space of the model."});
    field("draft", value.draft, {.meaning = "Sampling preset for quality: draft."});
    field("final", value.final, {.meaning = "Sampling preset for quality: final."});
    // What of it decides a pixel stands in the shots that use it.
    field("step_cache",
          value.step_cache,
          {.meaning = "Coefficients of the step cache.", .in_digest = false});
    // What of it decides a pixel stands in the shots that use it.
    field("shift_by_size",
          value.shift_by_size,
          {.meaning = "Shift at sizes that have another one than draft and final.",
           .in_digest = false});
    field("measured",
          value.measured,
          {.meaning = "Measured cost of approximations, from `nightreel-render bench`.",
           .in_digest = false});
    field("cost",
          value.cost,
          {.meaning = "Figures for time and memory estimates.", .in_digest = false});
    field("stall",
          value.stall,
          {.meaning = "A task of this model without progress for this long is stopped, where "
                      "`worker.stall` is shorter.",
           .in_digest = false,
           .example = "30min"});
    field("files",
          value.files,
          {.meaning = "All weight and configuration files, with their digests."});
}

}  // namespace nightreel
