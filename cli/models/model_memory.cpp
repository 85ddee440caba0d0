#include "cli/models/model_memory.h"

#include <fmt/format.h>

#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "pipeline/checkpoint/layout/model_family.h"
#include "pipeline/plan/estimate/planned_machine.h"
#include "pipeline/plan/segment_plan.h"
#include "shotspec/base/bytes_text.h"
#include "shotspec/base/error.h"
#include "shotspec/base/processor.h"
#include "shotspec/describe/text_form.h"
#include "worker/device_memory.h"

namespace nightreel::cli {
namespace {

// What a card says, or would say if it were drafted now.
struct Habits {
    ModelLatents latents;
    PictureSize size{832, 480};
    std::int64_t latent_frames = 0;
    std::int64_t prompt_tokens = 512;
    bool has_guidance = true;
    bool has_references = false;
    bool begins_with_picture = false;
};

Habits habits_of(const ModelCard& card) {
    Habits habits{.latents = card.latents,
                  .latent_frames = card.window.latent_frames,
                  .prompt_tokens = card.prompt_tokens_max,
                  .has_guidance = card.final.guidance > 1,
                  .has_references = card.references_max > 0,
                  .begins_with_picture = card.first_picture == PictureUse::needed};
    if (!card.sizes.empty()) habits.size = card.sizes[0];
    return habits;
}

Habits habits_of(const ModelFolder& folder) {
    const FamilyDefaults& family =
        family_of(folder, part_config_of(folder.place_of("transformer")));
    Habits habits{.latents = latents_of(folder),
                  .latent_frames = family.latent_frames,
                  .has_guidance = family.guidance > 1,
                  .has_references = family.references_max > 0,
                  .begins_with_picture = family.first_picture == "needed"};
    const std::string_view first = family.sizes.substr(0, family.sizes.find(','));
    habits.size = TextForm<PictureSize>::read(first).value_or(habits.size);
    return habits;
}

void refuse_broken_cells(const PictureSize& size, const ModelLatents& latents) {
    const std::int32_t unit = latents.pixels_per_latent * latents.patch;
    if (size.width % unit == 0 && size.height % unit == 0) return;
    throw Error(ErrorKind::usage,
                fmt::format("--size {}x{}: width and height must be multiples of {}",
                            size.width,
                            size.height,
                            unit));
}

}  // namespace

ModelMemory memory_of_model(const std::filesystem::path& folder,
                            const std::optional<ModelCard>& card,
                            const ClipAsked& asked) {
    const ModelFolder model = open_model_folder(folder);
    const ModelDimensions dimensions = model_dimensions(model);
    const Habits habits = card ? habits_of(*card) : habits_of(model);
    ModelMemory memory{.size = asked.size.value_or(habits.size)};
    refuse_broken_cells(memory.size, habits.latents);
    const std::int64_t usual_frames =
        1 + (habits.latent_frames - 1) * habits.latents.frames_per_latent;
    memory.frames = asked.frames.value_or(usual_frames);
    const bool has_clip_before = dimensions.transformer.branches > 1 || habits.begins_with_picture;
    memory.encode = encode_memory(dimensions,
                                  habits.latents,
                                  {.size = memory.size,
                                   .prompt_tokens = habits.prompt_tokens,
                                   .has_references = habits.has_references,
                                   .reads_pictures = habits.begins_with_picture});
    const PlannedMachine here =
        planned_machine(processor_features(), gpu_memory_bytes(0).has_value());
    memory.sample =
        sample_memory(dimensions,
                      habits.latents,
                      {.size = memory.size,
                       .latent_frames = latents_for(memory.frames, habits.latents),
                       .prompt_tokens = habits.prompt_tokens,
                       .has_guidance = habits.has_guidance,
                       .pictures = has_clip_before ? PicturesBefore::clip : PicturesBefore::none,
                       .has_bfloat16 = here.has_bfloat16});
    memory.decode = decode_memory(dimensions, habits.latents, memory.size, here.has_bfloat16);
    return memory;
}

std::string text_of(const ModelMemory& memory) {
    const std::string size = TextForm<PictureSize>::write(memory.size);
    return fmt::format(
        "  memory         encoding prompts and pictures: {}\n"
        "                 sampling {}, {} frames: {} resident, {} streamed\n"
        "                 decoding {}: {}\n",
        bytes_text(memory.encode.least_bytes),
        size,
        memory.frames,
        bytes_text(memory.sample.resident_bytes),
        bytes_text(memory.sample.least_bytes),
        size,
        bytes_text(memory.decode.least_bytes));
}

nlohmann::json json_of(const ModelMemory& memory) {
    return {{"size", TextForm<PictureSize>::write(memory.size)},
            {"frames", memory.frames},
            {"encode_bytes", memory.encode.least_bytes},
            {"sample_bytes", memory.sample.least_bytes},
            {"sample_resident_bytes", memory.sample.resident_bytes},
            {"decode_bytes", memory.decode.least_bytes}};
}

}  // namespace nightreel::cli
