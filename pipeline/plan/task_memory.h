#pragma once
// What a task of each kind needs in memory, from a model's dimensions: the one answer that plans,
// placement and `models inspect` give. For networks in the precision that is chosen where nobody
// asks for another, on a processor that has it. Pure; any thread.

#include <cstdint>

#include "pipeline/plan/memory_plan.h"
#include "shotspec/card/model_card.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// Of the whole process.
struct TaskMemory {
    std::int64_t least_bytes = 0;     // works with it: weights are streamed
    std::int64_t resident_bytes = 0;  // is fastest with it: weights stay
};

struct EncodeWork {
    PictureSize size;
    std::int64_t prompt_tokens = 512;
    bool has_references = false;  // pictures that become latents
    bool reads_pictures = false;  // pictures for the image encoder
};

// Pictures that the autoencoder encodes before the first step.
enum class PicturesBefore {
    none,
    one,   // a clean first latent frame
    clip,  // one for each frame: channels beside the latents, or a control clip
};

struct SampleWork {
    PictureSize size;
    std::int64_t latent_frames = 0;  // history and references included
    std::int64_t prompt_tokens = 512;
    bool has_guidance = true;
    bool has_step_cache = false;
    PicturesBefore pictures = PicturesBefore::none;
    bool has_bfloat16 = true;  // of the machine: large models are held in bf16 there
};

TaskMemory encode_memory(const ModelDimensions& model,
                         const ModelLatents& latents,
                         const EncodeWork& work);
TaskMemory sample_memory(const ModelDimensions& model,
                         const ModelLatents& latents,
                         const SampleWork& work);
TaskMemory decode_memory(const ModelDimensions& model,
                         const ModelLatents& latents,
                         const PictureSize& size,
                         bool has_bfloat16 = true);

}  // namespace nightreel
