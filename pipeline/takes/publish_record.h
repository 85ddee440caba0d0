#pragma once
// Everything that is known of a finished take, as it stands in its publish.json. A plain value; any
// thread. What varies between runs (hosts, seconds, dates) stands here and nowhere in a frame.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan/records/job_facts.h"
#include "pipeline/plan/records/task_record.h"
#include "pipeline/plan/task_order.h"
#include "pipeline/takes/quality/flags.h"
#include "pipeline/takes/quality/take_metrics.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

struct PublishedFile {
    std::string name;  // below the take's folder, with '/'
    std::uint64_t bytes = 0;
    Digest sha256;
};

template <class Visitor>
void describe(PublishedFile& value, Visitor& field) {
    field("name", value.name, {.meaning = "File, relative to this folder."});
    field("bytes", value.bytes, {.meaning = "File size in bytes."});
    field("sha256", value.sha256, {.meaning = "SHA-256 of the file."});
}

struct PublishedColour {
    std::string interop_id = "lin_rec709_scene";
    std::string source_curve = "srgb";  // from display code values to scene-linear
};

template <class Visitor>
void describe(PublishedColour& value, Visitor& field) {
    field("interop_id", value.interop_id, {.meaning = "Colour space of the EXR frames."});
    field("source_curve",
          value.source_curve,
          {.meaning = "Transfer curve that was removed from the model's display values; 1.0 is "
                      "diffuse white."});
}

struct PublishRecord {
    std::int32_t format = 1;
    TakeFacts take;
    std::string task = "gen";
    std::string status = "pending_review";
    FrameRange cut;  // the frames without handles
    double pixel_aspect = 1;
    PublishedColour colour;
    std::string compression = "piz";
    std::optional<std::string> owner = {};  // of the frames; absent: they have no such attribute
    std::string frame_pattern;              // "exr/aurora_sq010_sh0010_gen_v001_t01.%04d.exr"

    ModelReference model;
    std::string licence;
    std::string training_data;
    std::vector<ResolvedLora> loras;
    SamplingSettings sampling;
    std::optional<RecipeUse> recipe = {};  // absent: the preset of the model card
    // Only of prompts that the model does not read to their ends.
    std::optional<PromptCut> prompt_cut = {};
    std::optional<PromptCut> negative_prompt_cut = {};
    std::string engine;
    Digest night;
    Digest frames_artifact;
    Digest proxy_artifact;
    Digest metrics_artifact;
    std::vector<SegmentPiece> segments;
    std::optional<RateChange> rate_change = {};  // of a model of another rate
    std::vector<std::int64_t> joints;
    // Of a take whose segments begin with frames of the one before; absent: none was.
    std::optional<std::int64_t> frames_encoded_again = {};
    std::vector<TaskRecord> tasks;  // that made it, in the order of making
    std::optional<std::string> prompt_as_written = {};
    std::optional<std::string> negative_prompt_as_written = {};
    std::vector<ReferencePicture> references = {};
    std::vector<KeyPicture> keys = {};
    std::optional<std::vector<KeptRange>> kept = {};  // absent: all frames were made
    std::optional<JobFacts> job = {};                 // nothing outside of a farm
    std::optional<TaskMaker> published_by = {};       // earlier releases do not say
    TakeMetrics metrics;
    // Absent in earlier records.
    std::optional<std::vector<Flag>> flags = {};
    std::optional<QualityLimits> limits = {};

    // Filled in by prepare_take.
    std::vector<PublishedFile> files;
    Digest checksums;  // of the file SHA256SUMS
    Digest take_digest;
};

// What it was made from, by whom and when.
template <class Visitor>
void describe_making(PublishRecord& value, Visitor& field) {
    field("tasks",
          value.tasks,
          {.meaning =
               "Tasks that made the take, in the order of making: where, when and in what time."});
    field("prompt_as_written",
          value.prompt_as_written,
          {.meaning = "Prompt as the night file has it; take.prompt is what was rendered."});
    field("negative_prompt_as_written",
          value.negative_prompt_as_written,
          {.meaning = "Negative prompt as the night file has it; absent: that of the model."});
    field("references",
          value.references,
          {.meaning = "Reference pictures of the characters, with their digests."});
    field("keys", value.keys, {.meaning = "Pictures that the take begins or ends with."});
    field("kept",
          value.kept,
          {.meaning = "Frames that are those of a clip, pixel for pixel; absent: none."});
    field("job",
          value.job,
          {.meaning = "Job that published the take and who submitted it; absent outside of a "
                      "farm."});
    field("owner",
          value.owner,
          {.meaning = "Attribute `owner` of the EXR frames; absent in takes of earlier releases."});
    field("published_by",
          value.published_by,
          {.meaning = "Worker, host, device, time and version that published the take."});
}

template <class Visitor>
void describe(PublishRecord& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this record."});
    field("take", value.take, {.meaning = "Facts about the take."});
    field("task", value.task, {.meaning = "Production task."});
    field("status", value.status, {.meaning = "Review status."});
    field("cut", value.cut, {.meaning = "Frame range of the cut, without handles."});
    field("pixel_aspect", value.pixel_aspect, {.meaning = "Pixel aspect ratio."});
    field("colour", value.colour, {.meaning = "Colour space of the frames."});
    field(
        "compression", value.compression, {.meaning = "EXR compression; dwaa and dwab are lossy."});
    field("frame_pattern", value.frame_pattern, {.meaning = "File name pattern of the frames."});
    field("model", value.model, {.meaning = "The model."});
    field("licence", value.licence, {.meaning = "Licence of the model."});
    field("training_data", value.training_data, {.meaning = "Training data of the model."});
    field("loras", value.loras, {.meaning = "LoRAs applied."});
    field("sampling", value.sampling, {.meaning = "Sampling settings."});
    field("recipe",
          value.recipe,
          {.meaning = "Recipe that the sampling settings come from; absent: the model card."});
    field("prompt_cut",
          value.prompt_cut,
          {.meaning = "Token counts, if the prompt is longer than the model reads."});
    field("negative_prompt_cut",
          value.negative_prompt_cut,
          {.meaning = "Token counts, if the negative prompt is longer than the model reads."});
    field("engine", value.engine, {.meaning = "Engine version."});
    field("night", value.night, {.meaning = "Digest of the resolved night file."});
    field("frames_artifact",
          value.frames_artifact,
          {.meaning = "Digest of the decode task's result."});
    field(
        "proxy_artifact", value.proxy_artifact, {.meaning = "Digest of the proxy task's result."});
    field("metrics_artifact",
          value.metrics_artifact,
          {.meaning = "Digest of the measure task's result."});
    field("segments", value.segments, {.meaning = "Segments, in latent frames."});
    field("rate_change",
          value.rate_change,
          {.meaning = "How the model served another frame rate than its own (docs/frame_rates.md); "
                      "absent: frames are at the model's rate. With hold and blend, `metrics` are "
                      "of the model's frames, numbered from the first delivered one."});
    field("joints", value.joints, {.meaning = "First new frame of each segment after the first."});
    field("frames_encoded_again",
          value.frames_encoded_again,
          {.meaning = "Number of decoded frames that were encoded again to continue the take; "
                      "absent: none."});
    describe_making(value, field);
    field("metrics", value.metrics, {.meaning = "Measurements of the frames (docs/quality.md)."});
    field("flags",
          value.flags,
          {.meaning = "What to look at, the worst first; empty: nothing stands out."});
    field("limits", value.limits, {.meaning = "Limits of the site that decided what is a flag."});
    field("files",
          value.files,
          {.meaning = "All files of the take, except this one and SHA256SUMS."});
    field("checksums", value.checksums, {.meaning = "SHA-256 of the file SHA256SUMS."});
    field("take_digest",
          value.take_digest,
          {.meaning = "SHA-256 over the names and digests of all files; identifies the content of "
                      "the take."});
}

// The cut of a range with so many handles at each end; empty ranges do not occur.
FrameRange cut_of(FrameRange frames, std::int32_t handles);

}  // namespace nightreel
