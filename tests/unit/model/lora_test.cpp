// The laws of LoRAs on whole transformers.

#include "pipeline/model/tensor/lora.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/error.h"
#include "tests/unit/checkpoint/model_files.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

const fs::path base = "tests/parity/lora/peft/transformer";
const fs::path peft = "tests/parity/lora/peft/peft.safetensors";
const fs::path original = "tests/parity/lora/original_names/original_names.safetensors";

// Numbers without a generator: a fixed wave over the elements.
at::Tensor wave(at::IntArrayRef shape, double phase) {
    const at::Tensor steps = at::arange(c10::multiply_integers(shape), at::kDouble);
    return (steps * 0.7351 + phase).sin().to(at::kFloat).view(shape);
}

WanTransformer model_in(const fs::path& folder,
                        Residency residency = Residency::resident,
                        PrecisionPolicy policy = PrecisionPolicy::float32) {
    return {folder, at::Device(at::kCPU), policy, residency};
}

// One velocity that hangs on every weight that the model has.
at::Tensor velocity(const WanTransformer& model) {
    const WanConfig& config = model.config();
    const std::int64_t channels = config.channels_in;
    at::Tensor pictures;
    if (config.picture > 0) {
        pictures =
            wave({1, std::max<std::int64_t>(config.picture_positions, 17), config.picture}, 0.4);
    }
    WanConditions conditions;
    if (config.kind == WanKind::vace) {
        conditions.control_bcfhw = wave({1, config.control_channels, 2, 6, 10}, 0.3);
    }
    if (config.knows_rate) conditions.rate = 16;
    const TextContext text = model.prepare_text(wave({1, 9, config.text}, 0.1), pictures);
    return model.forward(
        wave({1, channels, 2, 6, 10}, 0.2), at::full({1}, 640.0), text, conditions);
}

WeightedLora lora_of(const fs::path& file, double strength) {
    return {std::make_shared<const LoraFile>(file), strength};
}

at::Tensor velocity_with(WanTransformer& model, const std::vector<WeightedLora>& loras) {
    model.set_loras(loras);
    return velocity(model);
}

// "blocks.0.norm2.bias" -> "blocks.0.norm2.diff_b", "scale_shift_table" -> "scale_shift_table.diff"
std::string difference_key(const std::string& name) {
    if (name.ends_with(".bias")) return name.substr(0, name.size() - 5) + ".diff_b";
    if (name.ends_with(".weight")) return name.substr(0, name.size() - 7) + ".diff";
    return name + ".diff";
}

double largest(const at::Tensor& tensor) {
    return tensor.abs().max().item<double>();
}

}  // namespace

TEST_CASE("differences of every weight do what a base with them in it does", "[lora]") {
    constexpr double strength = 0.5;
    for (const std::string name : {"lora/peft",
                                   "transformer/vace_scaled",
                                   "transformer/skyreels_fps_16",
                                   "transformer/flf2v_two_images"}) {
        CAPTURE(name);
        const ScratchFolder scratch("lora_differences");
        const fs::path folder = "tests/parity/" + name + "/transformer";
        NamedTensors differences;
        NamedTensors weights;
        for (const auto& [key, stored] :
             read_safetensors(folder / "diffusion_pytorch_model.safetensors")) {
            const at::Tensor weight = stored.to(at::kFloat);
            const at::Tensor difference =
                wave(weight.sizes(), static_cast<double>(differences.size())) *
                (0.1 * weight.abs().mean().item<double>() + 0.01);
            differences[difference_key(key)] = difference;
            weights[key] = weight + strength * difference;
        }
        write_safetensors(scratch / "lora.safetensors", differences);
        write_safetensors(scratch / "diffusion_pytorch_model.safetensors", weights);
        fs::copy_file(folder / "config.json", scratch / "config.json");

        WanTransformer model = model_in(folder);
        const at::Tensor before = velocity(model);
        const at::Tensor after =
            velocity_with(model, {lora_of(scratch / "lora.safetensors", strength)});
        const at::Tensor wanted = velocity(model_in(scratch.path()));
        REQUIRE(largest(wanted - before) > 0.01);
        REQUIRE(largest(after - wanted) < 2e-5 * std::max(1.0, largest(wanted)));
    }
}

TEST_CASE("with strength 0, and once taken away, a LoRA changes no byte", "[lora]") {
    for (const auto policy : {PrecisionPolicy::float32, PrecisionPolicy::diffusers_exact}) {
        WanTransformer model = model_in(base, Residency::resident, policy);
        const at::Tensor before = velocity(model);
        REQUIRE(velocity_with(model, {lora_of(original, 0)}).equal(before));
        REQUIRE_FALSE(velocity_with(model, {lora_of(original, 0.1)}).equal(before));
        REQUIRE(velocity_with(model, {}).equal(before));
    }
}

TEST_CASE("a strength that is exchanged gives the bytes of a model that never had another",
          "[lora]") {
    WanTransformer model = model_in(base);
    (void)velocity_with(model, {lora_of(peft, 0.9), lora_of(original, -0.4)});
    WanTransformer fresh = model_in(base);
    REQUIRE(velocity_with(model, {lora_of(original, 0.3)})
                .equal(velocity_with(fresh, {lora_of(original, 0.3)})));
}

TEST_CASE("several LoRAs add up, in any order", "[lora]") {
    WanTransformer model = model_in(base);
    const at::Tensor one = velocity_with(model, {lora_of(peft, 0.8), lora_of(original, -0.5)});
    const at::Tensor other = velocity_with(model, {lora_of(original, -0.5), lora_of(peft, 0.8)});
    REQUIRE(largest(one - other) < 1e-5);
    const at::Tensor twice = velocity_with(model, {lora_of(peft, 0.3), lora_of(peft, 0.5)});
    REQUIRE(largest(twice - velocity_with(model, {lora_of(peft, 0.8)})) < 1e-5);
}

TEST_CASE("streamed blocks have the LoRAs that resident ones have, to the byte", "[lora]") {
    for (const auto policy : {PrecisionPolicy::float32, PrecisionPolicy::diffusers_exact}) {
        WanTransformer resident = model_in(base, Residency::resident, policy);
        WanTransformer streamed = model_in(base, Residency::streamed, policy);
        const at::Tensor wanted = velocity_with(resident, {lora_of(original, 0.7)});
        REQUIRE(velocity_with(streamed, {lora_of(original, 0.7)}).equal(wanted));
    }
}

TEST_CASE("keys that the network has no layer for are listed, and nothing is changed", "[lora]") {
    const ScratchFolder scratch("lora_unknown");
    NamedTensors tensors = read_safetensors(peft);
    tensors["transformer.blocks.0.attn3.to_q.lora_A.weight"] = at::ones({2, 24});
    tensors["transformer.blocks.0.attn3.to_q.lora_B.weight"] = at::ones({24, 2});
    tensors["transformer.blocks.7.norm2.diff"] = at::ones({24});
    write_safetensors(scratch / "other.safetensors", tensors);
    WanTransformer model = model_in(base);
    const at::Tensor before = velocity_with(model, {lora_of(original, 0.5)});
    REQUIRE_THROWS_WITH(model.set_loras({{lora_of(scratch / "other.safetensors", 0.0)}}),
                        Catch::Contains("other.safetensors: 3 of its 43 keys") &&
                            Catch::Contains("transformer.blocks.0.attn3.to_q.lora_A.weight, "
                                            "transformer.blocks.0.attn3.to_q.lora_B.weight, "
                                            "transformer.blocks.7.norm2.diff"));
    REQUIRE(velocity(model).equal(before));
}

TEST_CASE("what does not fit its layer, or is no number, is refused by its key", "[lora]") {
    const ScratchFolder scratch("lora_unfit");
    WanTransformer model = model_in(base);
    const auto refused = [&](const NamedTensors& tensors, const std::string& why) {
        write_safetensors(scratch / "unfit.safetensors", tensors);
        const WeightedLora lora = lora_of(scratch / "unfit.safetensors", 1);
        REQUIRE_THROWS_WITH(model.set_loras({&lora, 1}), Catch::Contains(why));
    };
    refused({{"blocks.0.attn1.to_q.lora_A.weight", at::ones({2, 25})},
             {"blocks.0.attn1.to_q.lora_B.weight", at::ones({24, 2})}},
            "blocks.0.attn1.to_q.lora_A.weight: has the shape [2, 25]");
    refused({{"blocks.0.attn1.to_q.diff", at::ones({24, 23})}}, "requires [24, 24]");
    refused({{"blocks.0.norm2.diff", at::ones({23})}}, "blocks.0.norm2.diff: has the shape [23]");
    refused({{"blocks.0.attn1.norm_q.diff_b", at::ones({24})}}, "no such parameter");
    refused(
        {{"blocks.0.ffn.net.2.diff_b", at::full({24}, std::numeric_limits<float>::quiet_NaN())}},
        "blocks.0.ffn.net.2.diff_b: contains NaN or infinity");
}

}  // namespace nightreel
