#include "pipeline/parity/parity_cases.h"

#include <array>

namespace nightreel {

std::span<const ParityKind> parity_kinds() {
    static constexpr auto kinds = std::to_array<ParityKind>({
        // As manifests say it, and as the folder does.
        {"images", compute_image_case},
        {"image", compute_image_case},
        {"layout", compute_layout_case},
        {"lora", compute_lora_case},
        {"pipeline", compute_pipeline_case},
        {"recipe", compute_recipe_case},
        {"sampler", compute_sampler_case},
        {"text", compute_text_case},
        {"transformer", compute_transformer_case},
        {"vae", compute_vae_case},
    });
    return kinds;
}

}  // namespace nightreel
