#include "pipeline/tasks/sample_request.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "pipeline/tasks/clips/clip_latents.h"
#include "pipeline/tasks/clips/shown_clip.h"
#include "pipeline/tasks/handed_over.h"
#include "pipeline/tasks/latents.h"

namespace nightreel {
namespace {

// What was read of some of the pictures, of which all have the same number of rows.
TokenStates rows_of(const TokenStates& all, std::int32_t pictures, std::int32_t first, int count) {
    const std::int32_t rows = all.rows / std::max(pictures, 1);
    const auto begin = all.values.begin() + std::ptrdiff_t{first} * rows * all.width;
    return {.rows = rows * count,
            .width = all.width,
            .values = std::vector<float>(begin, begin + std::ptrdiff_t{count} * rows * all.width)};
}

void give_ends(const SegmentEnds& ends,
               const PlainArrays& arrays,
               const std::filesystem::path& file,
               GivenPictures& given) {
    given.first = picture_in(arrays, ends.first, file);
    if (ends.last) given.last = picture_in(arrays, *ends.last, file);
    if (!arrays.contains(picture_features_array)) return;
    const TokenStates seen = states_in(arrays, picture_features_array, file);
    given.seen = rows_of(seen, ends.pictures, ends.first_index, ends.last ? 2 : 1);
}

// Of windows that differ: each text once.
WindowTexts texts_of(const std::vector<std::int32_t>& prompts,
                     const PlainArrays& arrays,
                     const std::filesystem::path& file) {
    WindowTexts texts;
    std::map<std::int32_t, std::int32_t> places;
    for (const std::int32_t prompt : prompts) {
        const auto next = static_cast<std::int32_t>(texts.texts.size());
        const auto [place, is_new] = places.try_emplace(prompt, next);
        if (is_new) {
            texts.texts.push_back(states_in(arrays, fmt::format("prompt.{}", prompt), file));
        }
        texts.of_window.push_back(place->second);
    }
    return texts;
}

void read_encoded(const SampleOrder& order,
                  const TaskContext& context,
                  Engine& engine,
                  SegmentRequest& request) {
    context.inputs.read(order.encoded, [&](const std::filesystem::path& folder) {
        const std::filesystem::path file = folder / encoded_file;
        const PlainArrays arrays = read_plain_arrays(file);
        request.prompt = states_in(arrays, fmt::format("prompt.{}", order.prompt), file);
        if (order.window_prompts)
            request.window_texts = texts_of(*order.window_prompts, arrays, file);
        request.negative = states_in(arrays, "negative", file);
        // Absent in shots without characters.
        if (arrays.contains("references")) request.references = clip_in(arrays, "references", file);
        GivenPictures& given = request.given;
        if (order.ends) return give_ends(*order.ends, arrays, file, given);
        // Other key pictures are only used by the first segment of a take.
        if (order.latent_first > 0) return;
        if (arrays.contains(first_picture_array))
            given.first = picture_in(arrays, first_picture_array, file);
        // Where pictures are latent frames, the last one is among those of the order.
        if (arrays.contains(last_picture_array) && !engine.takes_clean_frames())
            given.last = picture_in(arrays, last_picture_array, file);
        if (arrays.contains(picture_features_array))
            given.seen = states_in(arrays, picture_features_array, file);
    });
}

// Pictures that stand in the segment, as clean latent frames that hold each for as many frames as a
// latent frame has.
void read_keys(const SampleOrder& order,
               const TaskContext& context,
               Engine& engine,
               SegmentRequest& request) {
    if (!order.keys) return;
    context.inputs.read(order.encoded, [&](const std::filesystem::path& folder) {
        const std::filesystem::path file = folder / encoded_file;
        const PlainArrays arrays = read_plain_arrays(file);
        for (const SegmentKey& key : *order.keys) {
            const FrameRgb picture = picture_in(arrays, key.array, file);
            request.clean.push_back(
                {.first = key.latent, .latents = engine.encode_held_picture(picture)});
        }
    });
}

// The frames of the segment before that this one begins with: kept frames for a model with control
// channels, else its first picture.
void read_given_frames(const SampleOrder& order,
                       const TaskContext& context,
                       Engine& engine,
                       SegmentRequest& request) {
    if (!order.given) return;
    HandedOver handed_over = read_handed_over(*order.given, context);
    if (engine.takes_kept_frames()) {
        request.kept = std::move(handed_over.frames);
        return;
    }
    if (handed_over.frames.size() != 1) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("segment {}: {} frames are given, but the model begins with one",
                                order.segment,
                                handed_over.frames.size()));
    }
    request.given.first = std::move(handed_over.frames.front());
    request.given.seen = std::move(handed_over.seen);
}

// The last latent frames of the previous segment.
LatentClip read_history(const SampleOrder& order, const TaskContext& context, LatentSize size) {
    return context.inputs.read(order.previous, [&](const std::filesystem::path& folder) {
        const std::filesystem::path file = folder / latents_file;
        const LatentClip previous = clip_in(read_plain_arrays(file), "latents", file);
        if (previous.size() != size || previous.frames < order.history) {
            throw Error(ErrorKind::corrupt,
                        fmt::format("{}: does not contain the {} latent frames to continue from",
                                    file.string(),
                                    order.history));
        }
        return slice(previous, previous.frames - order.history, order.history);
    });
}

}  // namespace

SegmentRequest request_of(const SampleOrder& order, const TaskContext& context, Engine& engine) {
    const LatentSize size = engine.latent_grid().size_of(order.size.width, order.size.height);
    SegmentRequest request{.noise_seed = order.seed,
                           .frames = {order.latent_first, order.latent_first + order.latent_count},
                           .size = size,
                           .rate = order.rate.per_second(),
                           .windows = order.windows,
                           .loras = order.loras,
                           .sampling = order.sampling,
                           .step_cache_fit = order.step_cache_fit};
    read_encoded(order, context, engine, request);
    read_keys(order, context, engine, request);
    read_given_frames(order, context, engine, request);
    read_clips(order, context, engine, request);
    read_control(order, context, engine.latent_grid().frames_per_latent, request);
    if (order.history > 0) {
        request.clean.push_back({.first = 0, .latents = read_history(order, context, size)});
    }
    return request;
}

}  // namespace nightreel
