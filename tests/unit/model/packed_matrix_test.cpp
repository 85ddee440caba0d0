#include "pipeline/model/tensor/packed_matrix.h"

#include <array>
#include <thread>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/transformer/transformer.h"

namespace nightreel {
namespace {

struct Sizes {
    std::int64_t rows, inputs, outputs;
};

constexpr std::array<Sizes, 4> sizes{
    {{1, 48, 96}, {33, 1536, 256}, {700, 256, 1536}, {1100, 512, 768}}};

}  // namespace

TEST_CASE("a packed layer gives the bytes of the plain one", "[packed]") {
    at::manual_seed(1);
    for (const Sizes& s : sizes) {
        Linear plain{at::randn({s.outputs, s.inputs}).to(at::kBFloat16),
                     at::randn({s.outputs}).to(at::kBFloat16)};
        if (!PackedMatrix::can_hold(plain.weight)) return;  // no such products here
        Linear packed = plain;
        packed.pack();
        REQUIRE(packed.packed);
        const at::Tensor x = at::randn({s.rows, s.inputs}).to(at::kBFloat16);
        CAPTURE(s.rows, s.inputs, s.outputs);
        REQUIRE(packed(x).equal(plain(x)));
        at::Tensor into = at::empty({s.rows, s.outputs}, at::kBFloat16);
        packed.into(x, into);
        REQUIRE(into.equal(plain(x)));
        plain.bias.reset();
        packed.bias.reset();
        REQUIRE(packed(x).equal(plain(x)));
    }
}

TEST_CASE("float32 is never packed", "[packed]") {
    Linear layer{at::randn({32, 32}), {}};
    layer.pack();
    REQUIRE(!layer.packed);
    REQUIRE(layer.weight.defined());
}

TEST_CASE("a pass that packs its weights gives the bytes of one that does not", "[packed]") {
    at::manual_seed(2);
    const at::Tensor text = at::randn({1, 7, 16});
    const at::Tensor small = at::randn({1, 4, 3, 10, 10});
    const at::Tensor large = at::randn({1, 4, 3, 80, 80});  // 4800 tokens
    const auto fresh = [] {
        return WanTransformer("tests/parity/transformer/t2v_small_heads/transformer",
                              at::Device(at::kCPU),
                              PrecisionPolicy::diffusers_exact);
    };
    const auto velocity = [&](const WanTransformer& model, const at::Tensor& latents) {
        return model.forward(latents, at::full({1}, 700.0), model.prepare_text(text));
    };
    const WanTransformer used = fresh();
    const at::Tensor wanted = velocity(used, large);
    REQUIRE(velocity(used, small).equal(velocity(fresh(), small)));
    REQUIRE(velocity(used, large).equal(wanted));

    const WanTransformer shared = fresh();
    std::array<at::Tensor, 3> found;
    {
        std::array<std::jthread, 3> threads;
        for (std::size_t i = 0; i < threads.size(); ++i) {
            threads[i] = std::jthread([&, i] { found[i] = velocity(shared, large); });
        }
    }
    for (const at::Tensor& one : found) REQUIRE(one.equal(wanted));
}

}  // namespace nightreel
