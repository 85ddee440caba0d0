#include "pipeline/plan/estimate/estimate_cost.h"

#include <algorithm>
#include <iterator>

#include "pipeline/plan/estimate/workload.h"
#include "pipeline/plan/memory_plan.h"
#include "pipeline/plan/task_memory.h"
#include "shotspec/card/forcing.h"
#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"
#include "shotspec/picture/movie_size.h"

namespace nightreel {
namespace {

// Of one core of an ordinary machine. Rough: they only have to put the small tasks in proportion to
// the model's own.
constexpr double task_start_seconds = 0.1;
constexpr double seconds_per_pixel_measured = 20e-9;
constexpr double seconds_per_pixel_ingested = 100e-9;
constexpr double seconds_per_pixel_in_movie = 56e-9;  // of the movie, which may be enlarged
constexpr double seconds_per_pixel_retimed = 100e-9;  // read, mixed and written as EXR
constexpr double seconds_per_byte_published = 2e-9;
constexpr double seconds_per_take_shown = 0.01;
constexpr std::int64_t bytes_per_take_shown = 2048;  // of the summary

// Measured with the bundled model. PIZ makes less of smooth pictures, more of grain.
constexpr double exr_bytes_per_pixel = 0.45 * 3 * 2;  // three half floats
constexpr std::int64_t exr_header_bytes = 1024;
constexpr double movie_bytes_per_pixel = 0.018;     // of the movie
constexpr std::int64_t pictures_bytes = 200 << 10;  // contact sheet, thumbnail, records
constexpr std::int64_t metrics_bytes = 4 << 10;
constexpr std::int64_t prompt_width_assumed = 4096;  // of UMT5-XXL
constexpr std::int64_t letters_per_token = 5;
constexpr std::int64_t memory_bytes_small = 256 << 20;  // of a task without a model
constexpr std::int64_t frames_in_memory = 8;

std::int64_t pixels_of(const ResolvedShot& shot) {
    return std::int64_t{shot.size.width} * shot.size.height;
}

std::int64_t cells_of(const ResolvedShot& shot, const ModelCard& card) {
    const std::int64_t side = card.latents.pixels_per_latent;
    return (shot.size.width / side) * (shot.size.height / side);
}

std::int64_t frames_bytes(const ResolvedShot& shot, const FrameRange& frames) {
    const auto pixels = static_cast<double>(pixels_of(shot)) * exr_bytes_per_pixel;
    return frames.count() * (static_cast<std::int64_t>(pixels) + exr_header_bytes);
}

double movie_pixels(const ResolvedShot& shot) {
    const auto factor = static_cast<double>(movie_factor(shot.size));
    const std::int64_t frames = delivered_frames(shot).count();
    return static_cast<double>(frames * pixels_of(shot)) * factor * factor;
}

std::int64_t proxy_bytes(const ResolvedShot& shot) {
    return pictures_bytes + static_cast<std::int64_t>(movie_pixels(shot) * movie_bytes_per_pixel);
}

// Of a prompt as the text encoder leaves it.
std::int64_t prompt_bytes(const std::string& prompt, const ModelCard& card) {
    const std::int32_t known = card.cost.dimensions.text_encoder.width;
    const std::int64_t width = known > 0 ? known : prompt_width_assumed;
    const std::int64_t tokens = 1 + std::ssize(prompt) / letters_per_token;
    return std::min<std::int64_t>(tokens, card.prompt_tokens_max) * width * float_bytes;
}

std::int64_t memory_without_model(const ResolvedShot& shot) {
    return memory_bytes_small + frames_in_memory * pixels_of(shot) * 3 * float_bytes;
}

// A card without dimensions says itself what its model needs.
TaskMemory memory_of(const ModelCard& card, const TaskMemory& reckoned) {
    if (card.cost.dimensions.are_known()) return reckoned;
    return {.least_bytes = card.cost.memory_bytes, .resident_bytes = card.cost.memory_bytes};
}

// Given pictures at their own size, which are all held while the prompts are read (those that stand
// for frames are shrunk before: an upper bound); of the largest also what its decoder makes, a
// turned copy and tensors of it. Usual sizes are within what the program is reckoned at.
std::int64_t given_pictures_bytes(const ResolvedShot& shot) {
    constexpr std::int64_t usual_bytes = 64 << 20;
    constexpr std::int64_t bytes_per_pixel_held = 3 * float_bytes;
    constexpr std::int64_t bytes_per_pixel_read = 3 * bytes_per_pixel_held;
    std::int64_t held = 0;
    std::int64_t largest = 0;
    const auto add = [&](const PictureSize& size) {
        const std::int64_t pixels = std::int64_t{size.width} * size.height;
        held += pixels * bytes_per_pixel_held;
        largest = std::max(largest, pixels);
    };
    for (const ReferencePicture& reference : shot.references) add(reference.size);
    for (const KeyPicture& key : shot.keys) add(key.size);
    return std::max<std::int64_t>(0, held + largest * bytes_per_pixel_read - usual_bytes);
}

// A control branch is given a clip in any case; other models what the take begins with.
PicturesBefore pictures_before(const ResolvedShot& shot,
                               const ModelCard& card,
                               const Segment& segment) {
    if (card.cost.dimensions.transformer.branches > 1) return PicturesBefore::clip;
    if (shot.edit) return PicturesBefore::clip;
    const bool has_held = std::ranges::any_of(
        shot.keys, [](const KeyPicture& key) { return key.at != KeyPlace::start; });
    if (has_held && card.history) return PicturesBefore::clip;
    if (shot.strategy == Strategy::anchors) return PicturesBefore::clip;
    const bool has_key = !shot.keys.empty() && segment.latent_first == 0;
    if (!has_key && !segment.shared_frames) return PicturesBefore::none;
    return card.history ? PicturesBefore::one : PicturesBefore::clip;
}

// What the network is shown of a segment at once, and how often in a step.
struct WindowsOfSegment {
    std::int64_t count = 1;
    std::int64_t latent_count = 0;
};

WindowsOfSegment windows_of(const ResolvedShot& shot, const Segment& segment) {
    if (shot.strategy != Strategy::windowed) return {1, segment.latent_count};
    const std::vector<LatentWindow> windows =
        place_windows(segment.latent_count, {shot.segment_latents, shot.overlap_latents});
    return {std::ssize(windows), windows.front().count};
}

// Pixels that the autoencoder reads for control channels. A clip of grey alone is read once; one
// that is kept or shown in part is read as what is kept and as what is made.
double control_pixels(const ResolvedShot& shot, const ModelCard& card, const Segment& segment) {
    if (!has_control_channels(card)) return 0;
    const bool is_shown = segment.shared_frames || (shot.edit && shot.edit->control);
    const std::int64_t frames = frames_of_segment(segment.latent_count, card);
    return static_cast<double>((is_shown ? 2 : 1) * frames * pixels_of(shot));
}

// A clip with its mask: as pictures, as the tensors that it is divided into, and copied for the
// layers of the autoencoder.
std::int64_t control_bytes(const ResolvedShot& shot,
                           const ModelCard& card,
                           const Segment& segment) {
    constexpr std::int64_t values_per_pixel = 4 + 4 + 2 + 3 + 3;
    if (!shot.edit || !shot.edit->control) return 0;
    const std::int64_t frames = frames_of_segment(segment.latent_count, card);
    return frames * pixels_of(shot) * values_per_pixel * float_bytes;
}

// Of the network, for one segment: given frames take no steps.
std::int64_t calls_of(const ResolvedShot& shot, const ModelCard& card, const Segment& segment) {
    const auto& forcing = shot.sampling.forcing;
    if (!forcing) return shot.sampling.steps;
    const bool begins_with_picture = pictures_before(shot, card, segment) == PicturesBefore::one;
    const std::int32_t given = segment.history + (begins_with_picture ? 1 : 0);
    const std::int32_t blocks = (segment.latent_count - given) / forcing->block;
    return forcing_calls(shot.sampling.steps, std::max(blocks, 1), forcing->lag);
}

double all_pixels(const ResolvedShot& shot) {
    return static_cast<double>(shot.frames.count() * pixels_of(shot));
}

}  // namespace

TaskCost encode_cost(const ResolvedShot& shot,
                     const ModelCard& card,
                     const PlannedMachine& machine) {
    const auto references = static_cast<std::int64_t>(shot.references.size());
    const double pixels = static_cast<double>(references * pixels_of(shot));
    const std::int64_t prompts_bytes =
        prompt_bytes(shot.prompt, card) + prompt_bytes(shot.negative_prompt, card);
    const std::int64_t references_bytes =
        references * cells_of(shot, card) * card.latents.channels * float_bytes;
    const std::int64_t keys_bytes =
        static_cast<std::int64_t>(shot.keys.size()) * pixels_of(shot) * 3 * float_bytes;
    const TaskMemory memory = memory_of(card,
                                        encode_memory(card.cost.dimensions,
                                                      card.latents,
                                                      {.size = shot.size,
                                                       .prompt_tokens = card.prompt_tokens_max,
                                                       .has_references = references > 0,
                                                       .reads_pictures = !shot.keys.empty()}));
    const std::int64_t given_bytes = given_pictures_bytes(shot);
    const double seconds =
        pixels * card.cost.decode_seconds_per_pixel * machine.decoding_slowness();
    return {.seconds = task_start_seconds + seconds,
            .memory_bytes = memory.least_bytes + given_bytes,
            .resident_bytes = memory.resident_bytes + given_bytes,
            .disk_bytes = prompts_bytes + references_bytes + keys_bytes};
}

TaskCost sample_cost(const ResolvedShot& shot,
                     const ModelCard& card,
                     const Segment& segment,
                     const PlannedMachine& machine) {
    const std::int64_t patch_cells = std::int64_t{card.latents.patch} * card.latents.patch;
    const WindowsOfSegment windows = windows_of(shot, segment);
    const std::int64_t latent_frames =
        windows.latent_count + static_cast<std::int64_t>(shot.references.size());
    const auto tokens =
        static_cast<double>(windows.count * latent_frames * cells_of(shot, card) / patch_cells);
    // The card gives the time of a step with guidance.
    const double passes = share_of_guided_step(shot.sampling);
    const auto calls = static_cast<double>(calls_of(shot, card, segment));
    const double seconds =
        calls * tokens * passes * card.cost.seconds_per_step_token * machine.sampling_slowness() +
        control_pixels(shot, card, segment) * card.cost.decode_seconds_per_pixel *
            machine.decoding_slowness();
    const std::int64_t clip_bytes = control_bytes(shot, card, segment);
    const TaskMemory memory = memory_of(
        card,
        sample_memory(card.cost.dimensions,
                      card.latents,
                      {.size = shot.size,
                       .latent_frames = latent_frames,
                       .prompt_tokens = card.prompt_tokens_max,
                       .has_guidance = shot.sampling.guidance > 1 || shot.sampling.guidance_low > 1,
                       .has_step_cache = shot.sampling.step_cache > 0,
                       .pictures = pictures_before(shot, card, segment),
                       .has_bfloat16 = machine.has_bfloat16}));
    return {.seconds = task_start_seconds + seconds,
            .memory_bytes = memory.least_bytes + clip_bytes,
            .resident_bytes = memory.resident_bytes + clip_bytes,
            .disk_bytes =
                segment.latent_count * cells_of(shot, card) * card.latents.channels * float_bytes};
}

TaskCost window_round_cost(const ResolvedShot& shot,
                           const ModelCard& card,
                           const Segment& segment,
                           const WindowSteps& work,
                           const PlannedMachine& machine) {
    // Latents and what a solver remembers.
    constexpr std::int64_t tensors_kept = 5;
    const TaskCost whole = sample_cost(shot, card, segment, machine);
    if (!work.is_window) {
        return {.seconds = task_start_seconds,
                .memory_bytes = memory_bytes_small + tensors_kept * whole.disk_bytes,
                .resident_bytes = memory_bytes_small + tensors_kept * whole.disk_bytes,
                .disk_bytes = whole.disk_bytes};
    }
    const WindowsOfSegment windows = windows_of(shot, segment);
    const double share =
        static_cast<double>(work.steps) / shot.sampling.steps / static_cast<double>(windows.count);
    TaskCost cost = whole;
    cost.seconds = task_start_seconds + share * (whole.seconds - task_start_seconds);
    cost.disk_bytes = tensors_kept * whole.disk_bytes * windows.latent_count / segment.latent_count;
    return cost;
}

TaskCost decode_cost(const ResolvedShot& shot,
                     const ModelCard& card,
                     const PlannedMachine& machine) {
    return decode_cost(shot, card, shot.frames, machine);
}

TaskCost decode_cost(const ResolvedShot& shot,
                     const ModelCard& card,
                     const FrameRange& frames,
                     const PlannedMachine& machine) {
    const TaskMemory memory = memory_of(
        card, decode_memory(card.cost.dimensions, card.latents, shot.size, machine.has_bfloat16));
    const double seconds = static_cast<double>(frames.count() * pixels_of(shot)) *
                           card.cost.decode_seconds_per_pixel * machine.decoding_slowness();
    return {.seconds = task_start_seconds + seconds,
            .memory_bytes = memory.least_bytes,
            .resident_bytes = memory.resident_bytes,
            .disk_bytes = frames_bytes(shot, frames)};
}

TaskCost hand_over_cost(const ResolvedShot& shot,
                        const ModelCard& card,
                        const HandOver& work,
                        const PlannedMachine& machine) {
    constexpr bool in_bfloat16 = false;
    const ModelDimensions& dimensions = card.cost.dimensions;
    TaskMemory memory =
        memory_of(card, decode_memory(dimensions, card.latents, shot.size, in_bfloat16));
    // What an image encoder reads of the last frame.
    const std::int64_t image_bytes = dimensions.are_known() && dimensions.image_encoder_bytes > 0
                                         ? image_need(dimensions.image_encoder_bytes)
                                         : 0;
    memory.least_bytes = std::max(memory.least_bytes, image_bytes);
    memory.resident_bytes = std::max(memory.resident_bytes, image_bytes);
    const auto pixels =
        static_cast<double>(frames_of_segment(work.latent_count, card) * pixels_of(shot));
    const std::int64_t frame_bytes = work.frames * pixels_of(shot) * 3 * float_bytes;
    return {.seconds = task_start_seconds +
                       pixels * card.cost.decode_seconds_per_pixel * machine.decoding_slowness(),
            .memory_bytes = memory.least_bytes + 2 * frame_bytes,
            .resident_bytes = memory.resident_bytes + 2 * frame_bytes,
            .disk_bytes = frame_bytes};
}

TaskCost ingest_cost(const ResolvedShot& shot, const ResolvedClip& clip) {
    const std::int64_t frames = clip.frames.count();
    const auto source = static_cast<double>(frames * clip.size.width * clip.size.height);
    const auto pixels = static_cast<double>(frames * pixels_of(shot));
    const std::int64_t source_bytes =
        std::int64_t{clip.size.width} * clip.size.height * 3 * float_bytes;
    const std::int64_t memory = memory_without_model(shot) + frames_in_memory * source_bytes;
    return {.seconds = task_start_seconds + source * seconds_per_pixel_ingested,
            .memory_bytes = memory,
            .resident_bytes = memory,
            .disk_bytes = static_cast<std::int64_t>(pixels * exr_bytes_per_pixel) +
                          frames * exr_header_bytes};
}

TaskCost assemble_cost(const ResolvedShot& shot) {
    return {.seconds = task_start_seconds + all_pixels(shot) * seconds_per_pixel_ingested,
            .memory_bytes = memory_without_model(shot),
            .resident_bytes = memory_without_model(shot),
            .disk_bytes = frames_bytes(shot, shot.frames)};
}

TaskCost measure_cost(const ResolvedShot& shot) {
    return {.seconds = task_start_seconds + all_pixels(shot) * seconds_per_pixel_measured,
            .memory_bytes = memory_without_model(shot),
            .resident_bytes = memory_without_model(shot),
            .disk_bytes = metrics_bytes};
}

TaskCost proxy_cost(const ResolvedShot& shot) {
    return {.seconds = task_start_seconds + movie_pixels(shot) * seconds_per_pixel_in_movie,
            .memory_bytes = memory_without_model(shot),
            .resident_bytes = memory_without_model(shot),
            .disk_bytes = proxy_bytes(shot)};
}

TaskCost publish_cost(const ResolvedShot& shot) {
    const std::int64_t bytes = frames_bytes(shot, delivered_frames(shot)) + proxy_bytes(shot);
    return {.seconds = task_start_seconds + static_cast<double>(bytes) * seconds_per_byte_published,
            .memory_bytes = memory_bytes_small,
            .resident_bytes = memory_bytes_small,
            .disk_bytes = bytes};
}

TaskCost retime_cost(const ResolvedShot& shot) {
    const FrameRange frames = delivered_frames(shot);
    const auto pixels = static_cast<double>(frames.count() * pixels_of(shot));
    return {.seconds = task_start_seconds + pixels * seconds_per_pixel_retimed,
            .memory_bytes = memory_without_model(shot),
            .resident_bytes = memory_without_model(shot),
            .disk_bytes = frames_bytes(shot, frames)};
}

TaskCost rank_cost(std::int64_t takes) {
    return {.seconds = task_start_seconds + static_cast<double>(takes) * seconds_per_take_shown,
            .memory_bytes = memory_bytes_small,
            .resident_bytes = memory_bytes_small,
            .disk_bytes = (takes + 1) * bytes_per_take_shown};
}

// Media are cloned where the file system can; otherwise they are copies.
TaskCost dailies_cost(std::int64_t takes, std::int64_t media_bytes) {
    return {.seconds = task_start_seconds + static_cast<double>(takes) * seconds_per_take_shown,
            .memory_bytes = memory_bytes_small,
            .resident_bytes = memory_bytes_small,
            .disk_bytes = media_bytes + (takes + 1) * bytes_per_take_shown};
}

}  // namespace nightreel
