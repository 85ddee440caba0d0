#include <filesystem>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/model/tensor/device.h"
#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr double rounding = 2e-5;  // of values of size 1

WanTransformer small_model() {
    return {"tests/parity/transformer/t2v_small_heads/transformer",
            at::Device(at::kCPU),
            PrecisionPolicy::float32};
}

// Numbers without a generator: a fixed wave over the elements.
at::Tensor wave(at::IntArrayRef shape, double phase) {
    const at::Tensor steps = at::arange(c10::multiply_integers(shape), at::kDouble);
    return (steps * 0.7351 + phase).sin().to(at::kFloat).view(shape);
}

bool is_close(const at::Tensor& a, const at::Tensor& b) {
    return a.sizes() == b.sizes() && a.allclose(b, 0.0, rounding);
}

}  // namespace

TEST_CASE("one timestep for the clip, for each frame and for each token are the same arithmetic",
          "[wan]") {
    const WanTransformer model = small_model();
    const at::Tensor latents = wave({2, 4, 3, 6, 10}, 0.1);
    const TextContext text = model.prepare_text(wave({2, 7, 16}, 0.2));
    const at::Tensor times = at::tensor({731.5F, 88.25F});
    const at::Tensor scalar = model.forward(latents, times, text);
    REQUIRE(is_close(model.forward(latents, times.unsqueeze(1).expand({2, 3}), text), scalar));
    REQUIRE(is_close(model.forward(latents, times.unsqueeze(1).expand({2, 45}), text), scalar));
}

TEST_CASE("a frame's timestep is that of all its tokens, and tokens may differ within a frame",
          "[wan]") {
    const WanTransformer model = small_model();
    const at::Tensor latents = wave({1, 4, 3, 6, 10}, 0.3);
    const TextContext text = model.prepare_text(wave({1, 7, 16}, 0.4));
    const at::Tensor frames = at::tensor({0.0F, 500.0F, 999.0F}).unsqueeze(0);
    const at::Tensor by_frame = model.forward(latents, frames, text);
    at::Tensor tokens = frames.repeat_interleave(15, 1);
    REQUIRE(is_close(model.forward(latents, tokens, text), by_frame));

    // Moves one token off its frame: the general index is taken, and the other tokens hardly
    // notice.
    tokens[0][20] = 499.999F;
    const at::Tensor nudged = model.forward(latents, tokens, text);
    REQUIRE((nudged - by_frame).abs().max().item<double>() < 1e-3);
    tokens[0][20] = 0.0F;
    REQUIRE((model.forward(latents, tokens, text) - by_frame).abs().max().item<double>() > 1e-3);
}

TEST_CASE("a text that was prepared once gives what preparing it again gives", "[wan]") {
    const WanTransformer model = small_model();
    const at::Tensor words = wave({1, 9, 16}, 0.5);
    const TextContext kept = model.prepare_text(words);
    for (const float time : {900.0F, 300.0F, 20.0F}) {
        const at::Tensor latents = wave({1, 4, 2, 6, 6}, time);
        const at::Tensor at_time = at::full({1}, time);
        REQUIRE(model.forward(latents, at_time, kept)
                    .equal(model.forward(latents, at_time, model.prepare_text(words))));
    }
}

TEST_CASE("clips of a batch do not see each other", "[wan]") {
    const WanTransformer model = small_model();
    const at::Tensor latents = wave({3, 4, 2, 6, 6}, 0.6);
    at::Tensor words = wave({3, 40, 16}, 0.7);
    words[1].narrow(0, 5, 35).zero_();  // prompts of different lengths
    words[2].narrow(0, 20, 20).zero_();
    const at::Tensor times = at::tensor({1.0F, 999.0F, 500.0F, 500.0F, 250.0F, 10.0F}).view({3, 2});
    const at::Tensor together = model.forward(latents, times, model.prepare_text(words));
    for (std::int64_t i = 0; i < 3; ++i) {
        const at::Tensor alone = model.forward(latents.narrow(0, i, 1),
                                               times.narrow(0, i, 1),
                                               model.prepare_text(words.narrow(0, i, 1)));
        REQUIRE(is_close(alone, together.narrow(0, i, 1)));
    }
}

TEST_CASE("rows of zeros after a prompt weigh as many keys, however they are counted", "[wan]") {
    const WanTransformer model = small_model();
    const at::Tensor latents = wave({1, 4, 2, 6, 6}, 0.8);
    const at::Tensor time = at::full({1}, 640.0);
    const at::Tensor prompt = wave({1, 6, 16}, 0.9);
    const auto velocity = [&](const at::Tensor& rows) {
        return model.forward(latents, time, model.prepare_text(rows));
    };
    const at::Tensor padded = at::constant_pad_nd(prompt, {0, 0, 0, 500}, 0.0);
    // A last row that is all but zero keeps the rows before it from being counted as one.
    at::Tensor uncounted = padded.clone();
    uncounted[0][505][0] = 1e-30F;
    REQUIRE(model.prepare_text(padded).blocks[0].text.key_bhle.size(2) == 7);
    REQUIRE(model.prepare_text(uncounted).blocks[0].text.key_bhle.size(2) == 506);
    REQUIRE(is_close(velocity(padded), velocity(uncounted)));
    REQUIRE_FALSE(is_close(velocity(padded), velocity(prompt)));
    REQUIRE(is_finite(velocity(at::zeros({1, 512, 16}))));
}

TEST_CASE("latents that do not fit the model are refused with the key that says so", "[wan]") {
    const WanTransformer model = small_model();
    const TextContext text = model.prepare_text(wave({1, 4, 16}, 0.0));
    const at::Tensor time = at::full({1}, 1.0);
    using Catch::Contains;
    REQUIRE_THROWS_WITH(model.forward(at::zeros({1, 5, 1, 4, 4}), time, text),
                        Contains("in_channels"));
    REQUIRE_THROWS_WITH(model.forward(at::zeros({1, 4, 1, 3, 4}), time, text),
                        Contains("patch_size"));
    REQUIRE_THROWS_WITH(model.forward(at::zeros({1, 4, 65, 2, 2}), time, text),
                        Contains("rope_max_seq_len"));
}

TEST_CASE("bf16 is chosen only for models that gain by it, on processors that have it",
          "[precision]") {
    const at::Device cpu(at::kCPU);
    const at::Device gpu(at::kCUDA, 0);
    const ProcessorFacts plain{"any", "avx2", false};
    const ProcessorFacts newer{"any", "avx512+avx512_bf16", true};
    REQUIRE(choose_precision(cpu, newer, 7'000'000) == PrecisionPolicy::float32);
    REQUIRE(choose_precision(cpu, newer, 1'400'000'000) == PrecisionPolicy::fast);
    REQUIRE(choose_precision(cpu, plain, 1'400'000'000) == PrecisionPolicy::float32);
    REQUIRE(choose_precision(gpu, plain, 1'400'000'000) == PrecisionPolicy::fast);
}

TEST_CASE("the device class names processor, instructions, threads and precision", "[precision]") {
    const std::string name = device_class(at::Device(at::kCPU), 3, PrecisionPolicy::float32);
    for (const char* part : {"cpu ", "threads=3", "float32"})
        REQUIRE_THAT(name, Catch::Contains(part));
    REQUIRE(name != device_class(at::Device(at::kCPU), 1, PrecisionPolicy::float32));
}

TEST_CASE("a device that is not there is refused plainly", "[device]") {
    REQUIRE(open_device("cpu").is_cpu());
    REQUIRE_THROWS_WITH(open_device("cuda:99"), Catch::Contains("cuda:99"));
    for (const char* name : {"gpu", "cuda", "cuda:", "cuda:x", "cuda:1x", "cuda:-1", ""}) {
        CAPTURE(name);
        REQUIRE_THROWS_WITH(open_device(name), Catch::Contains("expected auto, cpu or cuda:N"));
    }
}

TEST_CASE("a configuration with a key that nobody reads is refused", "[config]") {
    JsonConfig config(parse_json_document(R"({"_note": 1, "width": 4, "odd": true})", "x"),
                      "config.json");
    REQUIRE(config.integer("width", 1, 9) == 4);
    REQUIRE_THROWS_WITH(config.refuse_others(), Catch::Contains("odd"));
    REQUIRE_THROWS_WITH(config.integer("width", 5, 9), Catch::Contains("5 to 9"));
    REQUIRE_THROWS_WITH(config.text("name"), Catch::Contains("name: missing"));
    REQUIRE_THROWS_WITH(parse_json_document(R"({"a": 1, "a": 2})", "x"),
                        Catch::Contains("duplicate"));
}

}  // namespace nightreel
