#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/layers.h"

namespace nightreel {
namespace {

constexpr std::int64_t width = 12;
constexpr std::int64_t rank = 3;

// Three layers over one input, as queries, keys and values are.
Linear joined_layer(LoraSlots& slots) {
    Linear layer{at::randn({3 * width, width}), at::randn({3 * width})};
    for (const char* name : {"q", "k", "v"}) {
        layer.loras.push_back(slots.linear(name, width, width, at::kFloat));
    }
    return layer;
}

}  // namespace

TEST_CASE(
    "a low rank delta of one joined layer is its merged matrix, and the others keep their "
    "bytes",
    "[lora]") {
    at::manual_seed(1);
    LoraSlots slots(at::kCPU);
    const Linear layer = joined_layer(slots);
    const at::Tensor x = at::randn({2, 5, width});
    const at::Tensor before = layer(x);
    CHECK_FALSE(layer.has_loras());

    const LowRankDelta delta{at::randn({rank, width}), at::randn({width, rank})};
    slots.find_linear("k")->low_rank.push_back(delta);
    CHECK(layer.has_loras());
    const at::Tensor after = layer(x);
    const at::Tensor merged = at::linear(x, delta.up.mm(delta.down));
    CHECK(at::equal(after.narrow(2, 0, width), before.narrow(2, 0, width)));
    CHECK(at::equal(after.narrow(2, 2 * width, width), before.narrow(2, 2 * width, width)));
    CHECK(at::allclose(
        after.narrow(2, width, width), before.narrow(2, width, width) + merged, 1e-5, 1e-5));
    CHECK(merged.abs().max().item<float>() > 0.1F);

    slots.clear();
    CHECK(at::equal(layer(x), before));
}

TEST_CASE("differences of matrices count by their strength, differences of biases as they are",
          "[lora]") {
    at::manual_seed(2);
    LoraSlots slots(at::kCPU);
    const Linear layer = joined_layer(slots);
    const at::Tensor x = at::randn({4, width});
    const at::Tensor before = layer(x);

    LinearSlot& slot = *slots.find_linear("v");
    slot.matrices.push_back({at::randn({width, width}), 0.25});
    slot.bias = at::randn({width});
    const at::Tensor expected = before.narrow(1, 2 * width, width) +
                                at::linear(x, slot.matrices[0].matrix) * 0.25 + slot.bias;
    CHECK(at::allclose(layer(x).narrow(1, 2 * width, width), expected, 1e-5, 1e-5));
}

TEST_CASE("a difference of one stacked parameter changes its row alone, and leaves the value",
          "[lora]") {
    LoraSlots slots(at::kCPU);
    const at::Tensor value = at::ones({2, width});
    const Parameter stacked{value, {slots.parameter("q", {width}), slots.parameter("k", {width})}};
    CHECK(stacked().is_same(value));
    slots.find_parameter("k")->difference = at::full({width}, 0.5);
    CHECK(at::equal(stacked()[0], at::ones({width})));
    CHECK(at::equal(stacked()[1], at::full({width}, 1.5)));
    CHECK(at::equal(value, at::ones({2, width})));
}

}  // namespace nightreel
