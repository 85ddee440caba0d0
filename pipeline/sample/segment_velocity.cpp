#include "pipeline/sample/segment_velocity.h"

namespace nightreel {

Velocity velocity_of(const WanTransformer& transformer, const at::Tensor& text_nlt) {
    return [&transformer, text = transformer.prepare_text(text_nlt)](const at::Tensor& latents,
                                                                     const at::Tensor& timesteps) {
        return transformer.forward(latents, timesteps, text);
    };
}

}  // namespace nightreel
