#include "pipeline/sample/segment_velocity.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/plan/memory_plan.h"

namespace nightreel {

TEST_CASE("with and without the prompt is the same answer, together or one after the other",
          "[sample]") {
    const WanTransformer model("tests/parity/transformer/t2v_small_heads/transformer",
                               at::Device(at::kCPU),
                               PrecisionPolicy::float32);
    at::manual_seed(8);
    const at::Tensor text = at::randn({2, 7, 16});
    const at::Tensor timesteps = at::full({2}, 700.0);
    const Velocity velocity = velocity_of(model, text);
    const TextContext context = model.prepare_text(text);
    for (const std::int64_t side : {8, 80}) {
        const at::Tensor latents = at::randn({2, 4, 3, side, side});
        const std::int64_t tokens = 3 * side * side / 4;
        const bool is_split = clips_at_once(tokens, 2, false) == 1;
        CAPTURE(side, tokens);
        REQUIRE(is_split == (side == 80));
        const at::Tensor together = model.forward(latents, timesteps, context);
        REQUIRE_FALSE(together[0].allclose(together[1], 1e-2, 1e-2));
        const at::Tensor found = velocity(latents, timesteps);
        REQUIRE(found.allclose(together, 1e-4, 1e-5));
        // The prompt alone is the first half.
        const at::Tensor alone = velocity(latents.narrow(0, 0, 1), timesteps.narrow(0, 0, 1));
        REQUIRE(alone.allclose(together.narrow(0, 0, 1), 1e-4, 1e-5));
    }
}

TEST_CASE("clips of a batch go together while they are short, and beside a step cache",
          "[sample]") {
    CHECK(clips_at_once(120, 2, false) == 2);
    CHECK(clips_at_once(tokens_worth_batching - 1, 2, false) == 2);
    CHECK(clips_at_once(tokens_worth_batching, 2, false) == 1);
    CHECK(clips_at_once(tokens_worth_batching, 2, true) == 2);
    CHECK(clips_at_once(tokens_worth_batching, 1, true) == 1);
}

}  // namespace nightreel
