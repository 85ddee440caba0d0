#include "pipeline/plan/task_memory.h"

#include <algorithm>

#include "shotspec/card/model_dimensions.h"

namespace nightreel {
namespace {

std::int64_t item_bytes_of(const ModelDimensions& model, bool has_bfloat16) {
    return has_bfloat16 && model.transformer.parameters >= parameters_for_bfloat16 ? 2 : 4;
}

std::int64_t cells_of(const PictureSize& size, const ModelLatents& latents) {
    return std::int64_t{size.width / latents.pixels_per_latent} *
           (size.height / latents.pixels_per_latent);
}

std::int64_t frames_of(std::int64_t latent_frames, const ModelLatents& latents) {
    return 1 + (latent_frames - 1) * latents.frames_per_latent;
}

PictureWork pictures_of(const PictureSize& size, const ModelLatents& latents) {
    return {.pixels = std::int64_t{size.width} * size.height,
            .latent_cells = cells_of(size, latents)};
}

}  // namespace

TaskMemory encode_memory(const ModelDimensions& model,
                         const ModelLatents& latents,
                         const EncodeWork& work) {
    std::int64_t need = text_need(model.text_encoder, work.prompt_tokens);
    if (work.has_references) {
        need = std::max(need, encode_need(model.autoencoder, pictures_of(work.size, latents)));
    }
    if (work.reads_pictures && model.image_encoder_bytes > 0) {
        need = std::max(need, image_need(model.image_encoder_bytes));
    }
    return {.least_bytes = need, .resident_bytes = need};
}

TaskMemory sample_memory(const ModelDimensions& model,
                         const ModelLatents& latents,
                         const SampleWork& work) {
    const std::int64_t patch = std::int64_t{latents.patch} * latents.patch;
    const std::int64_t tokens_per_frame = cells_of(work.size, latents) / patch;
    const std::int64_t prompts = work.has_guidance ? 2 : 1;
    const MemoryNeed steps =
        memory_need(model.transformer,
                    {.tokens_per_frame = tokens_per_frame,
                     .latent_frames = work.latent_frames,
                     .batch = clips_at_once(
                         tokens_per_frame * work.latent_frames, prompts, work.has_step_cache),
                     .prompts = prompts,
                     .text_rows = work.prompt_tokens,
                     .item_bytes = item_bytes_of(model, work.has_bfloat16),
                     .streams_kept = work.has_step_cache ? 1 : 0});
    std::int64_t before = 0;
    if (work.pictures != PicturesBefore::none) {
        PictureWork pictures = pictures_of(work.size, latents);
        if (work.pictures == PicturesBefore::clip) {
            pictures.frames = frames_of(work.latent_frames, latents);
        }
        before = encode_need(model.autoencoder, pictures);
    }
    return {.least_bytes = std::max(std::min(steps.streamed_bytes, steps.resident_bytes), before),
            .resident_bytes = std::max(steps.resident_bytes, before)};
}

TaskMemory decode_memory(const ModelDimensions& model,
                         const ModelLatents& latents,
                         const PictureSize& size,
                         bool has_bfloat16) {
    PictureWork work = pictures_of(size, latents);
    work.item_bytes = item_bytes_of(model, has_bfloat16);
    const std::int64_t need = decode_need(model.autoencoder, work);
    return {.least_bytes = need, .resident_bytes = need};
}

}  // namespace nightreel
