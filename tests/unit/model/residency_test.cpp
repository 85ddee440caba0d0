#include "pipeline/model/residency.h"

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/wan_transformer.h"

namespace nightreel {
namespace {

constexpr const char* folder = "tests/parity/transformer/t2v_small_heads/transformer";

at::Tensor velocity(Residency residency, PrecisionPolicy policy) {
    at::manual_seed(5);
    const WanTransformer model(folder, at::Device(at::kCPU), policy, residency);
    const at::Tensor latents = at::randn({2, 4, 3, 6, 10});
    const TextContext text = model.prepare_text(at::randn({2, 7, 16}));
    const at::Tensor first = model.forward(latents, at::full({2}, 700.0), text);
    // A second step finds pages that were given back.
    return model.forward(first, at::full({2}, 300.0), text);
}

}  // namespace

TEST_CASE("streamed blocks give the bytes that resident ones give", "[residency]") {
    for (const auto policy : {PrecisionPolicy::float32, PrecisionPolicy::bfloat16_diffusers}) {
        REQUIRE(velocity(Residency::streamed, policy).equal(velocity(Residency::resident, policy)));
    }
}

TEST_CASE("views hold what they held before their pages were given back", "[residency]") {
    Weights weights(folder, "diffusion_pytorch_model");
    const auto shape = weights.shape_of("blocks.0.attn1.to_q.weight");
    REQUIRE(shape);
    const at::Tensor view = weights.take("blocks.0.attn1.to_q.weight", *shape);
    const at::Tensor before = view.clone();
    for (const PageCache cache : {PageCache::keep, PageCache::drop}) {
        release_pages(weights.stored(), "blocks.0.", cache);
        REQUIRE(view.equal(before));
        read_pages(weights.stored(), "blocks.0.");
        REQUIRE(view.equal(before));
    }
}

}  // namespace nightreel
