#pragma once
// What one task is to do, complete: everything that decides its result, and where to put it. A task
// is a pure function of its order and its inputs and is named by their digest. Plain values, any
// thread.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipeline/plan/orders/dailies_order.h"
#include "pipeline/plan/orders/edit_orders.h"
#include "pipeline/plan/orders/hand_over_order.h"
#include "pipeline/plan/orders/measure_order.h"
#include "pipeline/plan/orders/model_reference.h"
#include "pipeline/plan/orders/rank_order.h"
#include "pipeline/plan/orders/retime_order.h"
#include "pipeline/plan/orders/segment_piece.h"
#include "pipeline/plan/orders/take_facts.h"
#include "pipeline/plan/orders/window_round.h"
#include "pipeline/plan/strategy/segment_keys.h"
#include "pipeline/plan/task_kind.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// Part of every digest: raised when the same order would give other bytes than before.
inline constexpr std::string_view engine_version = "nightreel-engine-2";

// Result: encoded.safetensors with `prompt.<n>` [L, D], `negative` [L, D], `references` [C, R, h,
// w], `key.first` and `key.last` [H, W, 3], `keys.read` [P, I].
struct EncodeOrder {
    ModelReference model;
    std::vector<std::string> prompts;
    std::string negative_prompt;
    std::vector<ReferencePicture> references;
    std::vector<KeyPicture> keys;
    PictureSize size;
    std::optional<std::string> device_class = {};  // the only one allowed; absent: any
};

template <class Visitor>
void describe(EncodeOrder& value, Visitor& field) {
    field("model", value.model, {.meaning = "The model."});
    field("prompts",
          value.prompts,
          {.meaning = "Prompts of the shot; segments refer to them by index."});
    field("negative_prompt", value.negative_prompt, {.meaning = "The negative prompt."});
    field("references",
          value.references,
          {.meaning = "Reference pictures of the characters, in order."});
    field("keys", value.keys, {.meaning = "Pictures that the take begins or ends with."});
    field("size", value.size, {.meaning = "Picture size."});
    field("device_class", value.device_class, {.meaning = device_class_meaning});
}

// Result: latents.safetensors with `latents` [C, T, h, w], history included; of some steps of a
// window state.safetensors.
struct SampleOrder {
    ModelReference model;
    PictureSize size;
    FrameRate rate;
    std::uint64_t seed = 0;         // of the noise, whatever shot and take it is for
    std::int32_t segment = 1;       // counted from 1
    std::int64_t latent_first = 0;  // index in the take of the segment's first latent frame
    std::int32_t latent_count = 0;
    std::int32_t history = 0;  // leading latent frames taken clean from `previous`
    std::int32_t prompt = 0;   // which of the encoded prompts
    std::vector<SegmentLora> loras;
    SamplingSettings sampling;
    StepCacheFit step_cache_fit;  // empty without a step cache
    Digest encoded;
    Digest previous;  // empty for the first segment
    std::optional<std::string> device_class = {};
    // Hand-over of the segment before, where a segment begins with its frames.
    std::optional<Digest> given = {};
    std::optional<WindowSettings> windows = {};        // of a take that is sampled as a whole
    std::optional<std::vector<SegmentKey>> keys = {};  // pictures that stand in it, after the first
    std::optional<SegmentEnds> ends = {};              // of a gap between pictures
    std::optional<std::vector<SegmentContext>> context = {};  // frames of clips that are given
    std::optional<SegmentStart> start = {};                   // of a remix
    // Which of the encoded prompts each window has, where they differ.
    std::optional<std::vector<std::int32_t>> window_prompts = {};
    std::optional<Digest> round = {};  // rank task that says whether this take is made at all
    std::optional<SegmentControl> control = {};    // of all its frames, shared ones included
    std::optional<WindowRound> window_round = {};  // of windows that are tasks of their own
};

template <class Visitor>
void describe(SampleOrder& value, Visitor& field) {
    field("model", value.model, {.meaning = "The model."});
    field("size", value.size, {.meaning = "Picture size."});
    field("rate", value.rate, {.meaning = "Frame rate."});
    field("seed", value.seed, {.meaning = "Seed of the noise."});
    field("segment", value.segment, {.meaning = "Segment number."});
    field("latent_first",
          value.latent_first,
          {.meaning = "Index of the first latent frame in the take."});
    field("latent_count", value.latent_count, {.meaning = "Number of latent frames."});
    field("history",
          value.history,
          {.meaning = "Number of leading latent frames taken from the previous segment."});
    field("prompt", value.prompt, {.meaning = "Index of the prompt."});
    field("loras", value.loras, {.meaning = "LoRAs to apply."});
    field("sampling", value.sampling, {.meaning = "Sampling settings."});
    field("step_cache_fit", value.step_cache_fit, {.meaning = "Coefficients of the step cache."});
    field("encoded", value.encoded, {.meaning = "Digest of the encode task's result."});
    field("previous", value.previous, {.meaning = "Digest of the previous segment's result."});
    field("device_class", value.device_class, {.meaning = device_class_meaning});
    field("given", value.given, {.meaning = given_meaning});
    field("windows", value.windows, {.meaning = "Windows, if the take is sampled as a whole."});
    field("keys", value.keys, {.meaning = "Pictures that are latent frames of the segment."});
    field("round",
          value.round,
          {.meaning = "Digest of the rank task's result that says whether the take is made."});
    field("ends", value.ends, {.meaning = "Pictures that the segment begins and ends with."});
    field("context", value.context, {.meaning = "Frames of clips that are clean latent frames."});
    field("start", value.start, {.meaning = "Frames that the segment starts from."});
    field("window_prompts", value.window_prompts, {.meaning = "Index of each window's prompt."});
    field("control", value.control, {.meaning = "Clip for the control channels."});
    field("window_round", value.window_round, {.meaning = "Some steps of one window."});
}

// Result: frame.<number>.exr for every number of `frames`, and SHA256SUMS.
struct DecodeOrder {
    ModelReference model;
    PictureSize size;
    FrameRate rate;
    FrameRange frames;                 // numbers; what the latents hold beyond them is dropped
    std::vector<SegmentPiece> pieces;  // in order, without a gap
    std::string show;                  // for the headers
    std::string shot;
    std::int32_t take = 1;
    std::optional<std::string> device_class = {};
    // True: each piece is a clip and a decoder stream of its own. Absent: they are one stream, in
    // which no piece but the first may be without history.
    std::optional<bool> clips = {};
    // Leading frames of the stream that are not delivered: of a clip that was given.
    std::optional<std::int32_t> skipped = {};
    std::optional<ExrCoding> exr = {};  // of delivered frames
};

template <class Visitor>
void describe(DecodeOrder& value, Visitor& field) {
    field("model", value.model, {.meaning = "The model."});
    field("size", value.size, {.meaning = "Picture size."});
    field("rate", value.rate, {.meaning = "Frame rate."});
    field("frames", value.frames, {.meaning = "Frame range."});
    field("pieces", value.pieces, {.meaning = "Segments of the take."});
    field("show", value.show, {.meaning = "Name of the show."});
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("take", value.take, {.meaning = "Take number."});
    field("device_class", value.device_class, {.meaning = device_class_meaning});
    field("clips", value.clips, {.meaning = "Whether each piece is a separate clip."});
    field("skipped", value.skipped, {.meaning = "Leading frames that are not delivered."});
    field("exr", value.exr, {.meaning = exr_coding_meaning});
}

// Result: movie.mp4, contact.png, thumb.png, movies of other formats, and SHA256SUMS.
struct ProxyOrder {
    Digest frames_artifact;
    TakeFacts take;
    std::optional<std::vector<MovieFormat>> movies = {};  // beside H.264
    std::optional<ExrColour> colour = {};                 // of the frames; absent: lin_rec709
};

template <class Visitor>
void describe(ProxyOrder& value, Visitor& field) {
    field("frames_artifact",
          value.frames_artifact,
          {.meaning = "Digest of the decode task's result."});
    field("take", value.take, {.meaning = "Facts shown on slate and burn-ins."});
    field("movies", value.movies, {.meaning = "Movies beside the review movie."});
    field("colour", value.colour, {.meaning = "Colour space of the frames; absent: lin_rec709."});
}

// Result: publish.json; and the version folder below `root`.
struct PublishOrder {
    std::string root = takes_root;  // a name: whoever runs the task knows its path
    std::string folder;             // of the take, relative to the root: show/seq/shot/v001/take01
    std::string base_name;          // show_seq_shot_gen_v001_t01
    TakeFacts take;
    Digest frames_artifact;
    Digest proxy_artifact;
    Digest metrics_artifact;
    ModelReference model;
    std::string licence;
    std::string training_data;
    std::vector<ResolvedLora> loras;
    SamplingSettings sampling;
    std::optional<RecipeUse> recipe = {};
    std::vector<SegmentPiece> pieces;
    std::vector<std::int64_t> joints;
    std::optional<PromptCut> prompt_cut = {};
    std::optional<PromptCut> negative_prompt_cut = {};
    std::optional<RateChange> rate_change = {};
    Digest night;
    // For the record alone.
    std::optional<std::string> prompt_as_written = {};
    std::optional<std::string> negative_prompt_as_written = {};
    std::vector<ReferencePicture> references = {};
    std::vector<KeyPicture> keys = {};
    std::optional<std::vector<KeptRange>> kept = {};
    // What follows decides headers and movies.
    std::optional<ExrCoding> exr = {};
    std::optional<std::string> owner = {};  // absent: the show
    std::optional<std::vector<MovieFormat>> movies = {};
};

template <class Visitor>
void describe(PublishOrder& value, Visitor& field) {
    field("root", value.root, {.meaning = "Name of the output root."});
    field("folder", value.folder, {.meaning = "Folder of the take, relative to the output root."});
    field("base_name", value.base_name, {.meaning = "Prefix of all file names."});
    field("take", value.take, {.meaning = "Facts about the take."});
    field("frames_artifact",
          value.frames_artifact,
          {.meaning = "Digest of the decode task's result."});
    field(
        "proxy_artifact", value.proxy_artifact, {.meaning = "Digest of the proxy task's result."});
    field("metrics_artifact",
          value.metrics_artifact,
          {.meaning = "Digest of the measure task's result."});
    field("model", value.model, {.meaning = "The model."});
    field("licence", value.licence, {.meaning = "Licence of the model."});
    field("training_data", value.training_data, {.meaning = "Training data of the model."});
    field("loras", value.loras, {.meaning = "LoRAs applied."});
    field("sampling", value.sampling, {.meaning = "Sampling settings."});
    field("recipe",
          value.recipe,
          {.meaning = "Recipe that the sampling settings come from.", .in_digest = false});
    field("pieces", value.pieces, {.meaning = "Segments of the take."});
    field("joints", value.joints, {.meaning = "First new frame of each segment after the first."});
    field("rate_change",
          value.rate_change,
          {.meaning = "How the model serves another frame rate than its own."});
    // Both follow from prompt and model, and are known where the night was checked.
    field("prompt_cut",
          value.prompt_cut,
          {.meaning = "Token counts, if the prompt is longer than the model reads.",
           .in_digest = false});
    field("negative_prompt_cut",
          value.negative_prompt_cut,
          {.meaning = "Token counts, if the negative prompt is longer than the model reads.",
           .in_digest = false});
    field("night", value.night, {.meaning = "Digest of the resolved night.", .in_digest = false});
    field("prompt_as_written",
          value.prompt_as_written,
          {.meaning = "The prompt as the night file has it.", .in_digest = false});
    field("negative_prompt_as_written",
          value.negative_prompt_as_written,
          {.meaning = "The negative prompt as the night file has it.", .in_digest = false});
    field("references",
          value.references,
          {.meaning = "Reference pictures of the characters.", .in_digest = false});
    field("keys",
          value.keys,
          {.meaning = "Pictures that the take begins or ends with.", .in_digest = false});
    field("kept", value.kept, {.meaning = "Frames that are those of a clip.", .in_digest = false});
    field("exr", value.exr, {.meaning = exr_coding_meaning});
    field("owner", value.owner, {.meaning = "Owner of the frames; absent: the show."});
    field("movies", value.movies, {.meaning = "Movies beside the review movie."});
}

// Alternatives stand in the order of TaskKind.
using TaskOrder = std::variant<EncodeOrder,
                               SampleOrder,
                               DecodeOrder,
                               MeasureOrder,
                               ProxyOrder,
                               PublishOrder,
                               DailiesOrder,
                               HandOverOrder,
                               RetimeOrder,
                               IngestOrder,
                               AssembleOrder,
                               RankOrder>;

inline TaskKind kind_of(const TaskOrder& order) {
    return static_cast<TaskKind>(order.index());
}

// The name of the work: kind, canonical order (inputs by digest) and engine version.
Digest digest_of(const TaskOrder& order);

// {"kind": "sample", "order": {...}}; reading throws Error{bad_input} with the place.
std::string to_json_text(const TaskOrder& order);
TaskOrder task_order_from_json(std::string_view text);

// Of the machine that alone may run it; nothing where any may.
std::optional<std::string> device_class_of(const TaskOrder& order);

// Every artifact that the order reads, in the order's own sequence.
std::vector<Digest> inputs_of(const TaskOrder& order);

}  // namespace nightreel
