#include "pipeline/model/tensor/residency.h"

#include <filesystem>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/model/transformer/transformer.h"
#include "tests/support/temporary_folder.h"

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
    for (const auto policy : {PrecisionPolicy::float32, PrecisionPolicy::diffusers_exact}) {
        REQUIRE(velocity(Residency::streamed, policy).equal(velocity(Residency::resident, policy)));
    }
}

TEST_CASE("streamed blocks of a control branch give the bytes that resident ones give",
          "[residency]") {
    const auto velocity_of = [](Residency residency) {
        at::manual_seed(6);
        const WanTransformer model("tests/parity/transformer/vace_scaled/transformer",
                                   at::Device(at::kCPU),
                                   PrecisionPolicy::float32,
                                   residency);
        const WanConfig& config = model.config();
        WanConditions conditions;
        conditions.control_bcfhw = at::randn({1, config.control_channels, 2, 4, 6});
        const at::Tensor latents = at::randn({1, config.channels_in, 2, 4, 6});
        const TextContext text = model.prepare_text(at::randn({1, 7, config.text}));
        return model.forward(latents, at::full({1}, 700.0), text, conditions);
    };
    REQUIRE(velocity_of(Residency::streamed).equal(velocity_of(Residency::resident)));
}

TEST_CASE("a weight that is missing is found when a streamed model is opened", "[residency]") {
    const TemporaryFolder scratch;
    const std::filesystem::path& copy = scratch.path();
    std::filesystem::copy_file(std::filesystem::path(folder) / "config.json",
                               copy / "config.json",
                               std::filesystem::copy_options::overwrite_existing);
    Weights whole(folder, "diffusion_pytorch_model");
    NamedTensors tensors;
    for (const auto& [name, place] : whole.stored().places()) {
        tensors.emplace(name, whole.take(name, place.tensor.shape));
    }
    tensors.erase("blocks.1.ffn.net.2.weight");
    write_safetensors(copy / "diffusion_pytorch_model.safetensors", tensors);
    REQUIRE_THROWS_WITH(
        WanTransformer(copy, at::Device(at::kCPU), PrecisionPolicy::float32, Residency::streamed),
        Catch::Contains("blocks.1.ffn.net.2.weight"));
}

TEST_CASE("a block and the keys that it reads share no weight, and what leaves memory is the keys'",
          "[residency]") {
    const std::filesystem::path model = "tests/parity/transformer/i2v_image_tokens/transformer";
    Weights all(model, "diffusion_pytorch_model");
    const WanConfig config = read_wan_config(model);
    const auto only = [&](bool keys) {
        NamedTensors tensors;
        for (const auto& [name, place] : all.stored().places()) {
            if (!name.starts_with("blocks.0.") || CrossKeys::takes(name) != keys) continue;
            tensors.emplace(name, all.take(name, place.tensor.shape));
        }
        const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                           fmt::format("nightreel_cross_{}.safetensors", getpid());
        write_safetensors(file, tensors);
        Weights weights(file, "");
        std::filesystem::remove(file);
        return weights;
    };
    const auto reader_of = [](Weights& weights) {
        return LayerReader{weights, at::Device(at::kCPU), at::kFloat};
    };
    Weights keys = only(true);
    (void)CrossKeys(reader_of(keys), "blocks.0", config);
    keys.ignore("norm_added_q");
    REQUIRE_NOTHROW(keys.refuse_untaken());
    Weights others = only(false);
    (void)WanBlock(reader_of(others), "blocks.0", "block0.", config);
    others.ignore("norm_added_q");
    REQUIRE_NOTHROW(others.refuse_untaken());
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
