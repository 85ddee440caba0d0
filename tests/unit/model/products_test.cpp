#include "pipeline/model/tensor/products.h"

#include <array>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

constexpr std::array<at::ScalarType, 2> narrow_types{at::kBFloat16, at::kHalf};

struct ProductSizes {
    std::int64_t tokens, inputs, outputs;
};

// The last is larger than a block of tokens and a block of outputs.
constexpr std::array<ProductSizes, 4> product_sizes{
    {{1, 16, 48}, {33, 96, 512}, {7, 64, 700}, {2100, 32, 530}}};

at::Tensor numbers(at::IntArrayRef shape, at::ScalarType type) {
    return at::randn(shape).to(type);
}

at::Tensor wide(const at::Tensor& x) {
    return x.to(at::kFloat);
}

// Whether `found` is `wanted` rounded once, to a step of its type.
bool is_rounded(const at::Tensor& found, const at::Tensor& wanted, double steps = 1) {
    const double step = found.scalar_type() == at::kBFloat16 ? 1.0 / 128 : 1.0 / 1024;
    return found.sizes() == wanted.sizes() &&
           at::allclose(wide(found), wide(wanted), steps * step, steps * step / 4);
}

}  // namespace

TEST_CASE("a product is float32's of the same numbers, rounded once", "[products]") {
    at::manual_seed(1);
    for (const at::ScalarType type : narrow_types) {
        for (const ProductSizes& s : product_sizes) {
            const at::Tensor x = numbers({s.tokens, s.inputs}, type);
            const at::Tensor weight = numbers({s.outputs, s.inputs}, type);
            const at::Tensor bias = numbers({s.outputs}, type);
            const at::Tensor plain = at::linear(wide(x), wide(weight));
            CAPTURE(c10::toString(type), s.tokens, s.inputs, s.outputs);
            CHECK(is_rounded(linear_product(x, weight, {}), plain));
            CHECK(is_rounded(linear_product(x, weight, bias), plain + wide(bias)));
            CHECK(is_rounded(linear_product(x.view({1, s.tokens, 1, s.inputs}), weight, bias),
                             (plain + wide(bias)).view({1, s.tokens, 1, s.outputs})));
            const at::Tensor y = at::full({s.tokens, s.outputs}, NAN, x.options());
            linear_product_into(x, weight, bias, y);
            CHECK(is_rounded(y, plain + wide(bias)));
            linear_product_into(x, weight, {}, y);
            CHECK(is_rounded(y, plain));
        }
    }
}

TEST_CASE("what is added to a product is added before the sum is rounded", "[products]") {
    at::manual_seed(2);
    for (const at::ScalarType type : narrow_types) {
        for (const ProductSizes& s : product_sizes) {
            const at::Tensor x = numbers({s.tokens, s.inputs}, type);
            const at::Tensor weight = numbers({s.outputs, s.inputs}, type);
            const at::Tensor y = numbers({s.tokens, 2 * s.outputs}, type);
            const at::Tensor wanted =
                wide(y.narrow(1, 1, s.outputs)) + at::linear(wide(x), wide(weight)) * 0.25;
            const at::Tensor around = y.clone();
            add_product(x, weight, 0.25, y.narrow(1, 1, s.outputs));
            CAPTURE(c10::toString(type), s.tokens, s.inputs, s.outputs);
            CHECK(is_rounded(y.narrow(1, 1, s.outputs), wanted));
            CHECK(y.select(1, 0).equal(around.select(1, 0)));
            CHECK(y.select(1, s.outputs + 1).equal(around.select(1, s.outputs + 1)));
        }
    }
}

TEST_CASE("convolutions run in every type, in the layout that they are given", "[products]") {
    at::manual_seed(3);
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
        const auto layout = at::MemoryFormat::ChannelsLast3d;
        const at::Tensor clip = numbers({1, 8, 4, 6, 10}, type).contiguous(layout);
        const at::Tensor kernel = numbers({12, 8, 3, 3, 3}, type).contiguous(layout);
        const at::Tensor bias = numbers({12}, type);
        const at::Tensor found = convolved(clip, kernel, bias, {1, 1, 1}, {0, 1, 1});
        CAPTURE(c10::toString(type));
        CHECK(found.scalar_type() == type);
        CHECK(found.is_contiguous(layout));
        CHECK(is_rounded(found, at::conv3d(wide(clip), wide(kernel), wide(bias), 1, {0, 1, 1})));

        const at::Tensor frames = clip.squeeze(0).transpose(0, 1);
        const at::Tensor flat = kernel.select(2, 0);
        CHECK(is_rounded(convolved_pictures(frames, flat, bias, {2, 2}, {1, 1}),
                         at::conv2d(wide(frames), wide(flat), wide(bias), 2, 1)));
    }
}

TEST_CASE("attention and GELU run in every type", "[products]") {
    at::manual_seed(4);
    for (const at::ScalarType type : narrow_types) {
        const at::Tensor q = numbers({2, 3, 40, 16}, type);
        const at::Tensor k = numbers({2, 3, 50, 16}, type);
        const at::Tensor v = numbers({2, 3, 50, 16}, type);
        const at::Tensor bias = at::randn({1, 1, 1, 50});
        CAPTURE(c10::toString(type));
        // Kernels of ATen's own round the weights as well.
        for (const at::Tensor& given : {at::Tensor(), bias}) {
            const at::Tensor wanted = scaled_attention(wide(q), wide(k), wide(v), given);
            CHECK(is_rounded(scaled_attention(q, k, v, given), wanted, 4));
        }
        CHECK(is_rounded(exact_gelu(q), at::gelu(wide(q))));
    }
}

TEST_CASE("float32 and whatever a GPU has are products of their own", "[products]") {
    CHECK(has_products(at::Device(at::kCPU), at::kFloat));
    CHECK(has_products(at::Device(at::kCUDA, 0), at::kHalf));
    CHECK(has_products(at::Device(at::kCPU), at::kBFloat16) ==
          processor_features().has_bfloat16_products());
}

TEST_CASE("every policy but those of eight bits runs on every processor", "[products]") {
    at::manual_seed(5);
    const at::Tensor text = at::randn({1, 7, 16});
    const at::Tensor latents = at::randn({1, 4, 3, 10, 10});
    const auto velocity = [&](PrecisionPolicy policy) {
        const WanTransformer model(
            "tests/parity/transformer/t2v_small_heads/transformer", at::Device(at::kCPU), policy);
        return model.forward(latents, at::full({1}, 700.0), model.prepare_text(text));
    };
    const at::Tensor wanted = velocity(PrecisionPolicy::float32);
    for (const PrecisionPolicy policy : {PrecisionPolicy::wan_exact,
                                         PrecisionPolicy::diffusers_exact,
                                         PrecisionPolicy::fast,
                                         PrecisionPolicy::wan_exact_float16,
                                         PrecisionPolicy::diffusers_exact_float16}) {
        const at::Tensor gap = velocity(policy) - wanted;
        const double error = (gap.square().sum() / wanted.square().sum()).sqrt().item<double>();
        CAPTURE(word_of(policy), error);
        CHECK(error > 0);
        CHECK(error < 0.03);
    }
}

}  // namespace nightreel
