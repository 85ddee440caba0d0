#include "pipeline/sample/engine_loras.h"

#include <filesystem>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/plan/noise_seed.h"
#include "pipeline/sample/engine.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

const fs::path one_expert = fs::absolute("tests/parity/pipelines/wan21_t2v");

// A file that changes what its layers say by `size`; for the model of the tests.
SegmentLora write_lora(const fs::path& file, float size) {
    const NamedTensors weights =
        read_safetensors(one_expert / "transformer" / "diffusion_pytorch_model.safetensors");
    NamedTensors lora;
    for (const char* layer : {"blocks.0.attn1.to_v", "blocks.1.ffn.net.2"}) {
        const at::Tensor& weight = weights.at(std::string(layer) + ".weight");
        lora[std::string(layer) + ".lora_A.weight"] = at::full({2, weight.size(1)}, size);
        lora[std::string(layer) + ".lora_B.weight"] = at::full({weight.size(0), 2}, size);
    }
    write_safetensors(file, lora);
    return {file.string(), digest_of_file(file), 1, 1};
}

// The same weights as both experts, which change places in the middle of the steps.
fs::path two_experts(const fs::path& folder) {
    fs::create_directories(folder);
    for (const auto& entry : fs::directory_iterator(one_expert)) {
        if (entry.is_directory()) {
            fs::create_directory_symlink(entry.path(), folder / entry.path().filename());
        }
    }
    fs::create_directory_symlink(one_expert / "transformer", folder / "transformer_2");
    nlohmann::json index = JsonConfig::read(one_expert / "model_index.json").object();
    index["transformer_2"] = index["transformer"];
    index["boundary_ratio"] = 0.8;
    write_file_atomically(folder / "model_index.json", index.dump());
    return folder;
}

SegmentRequest request_of(Engine& engine) {
    SegmentRequest request;
    request.noise_seed = derived_seed(7, "sq010_sh0010", 1);
    request.frames = {0, 2};
    request.size = {16, 4, 6};
    request.prompt = engine.encode_prompt("a misty harbour");
    request.sampling = {.solver = Solver::euler, .steps = 4, .guidance = 1};
    return request;
}

LatentClip sampled(Engine& engine, const std::vector<SegmentLora>& loras) {
    SegmentRequest request = request_of(engine);
    request.loras = loras;
    return engine.sample_segment(request);
}

}  // namespace

TEST_CASE("LoRAs are exchanged between segments, and leave nothing behind", "[lora]") {
    const TemporaryFolder folder;
    const SegmentLora ink = write_lora(folder.path() / "ink.safetensors", 0.3F);
    const SegmentLora fog = write_lora(folder.path() / "fog.safetensors", -0.2F);
    Engine engine({.model = one_expert, .precision = PrecisionPolicy::float32});
    const LatentClip plain = sampled(engine, {});
    const LatentClip inked = sampled(engine, {ink});
    REQUIRE(inked != plain);
    const LatentClip both = sampled(engine, {ink, fog});
    REQUIRE(both != inked);
    REQUIRE(sampled(engine, {ink}) == inked);
    REQUIRE(sampled(engine, {{ink.path, ink.digest, 0.5, 0.5}}) != inked);
    REQUIRE(sampled(engine, {{ink.path, ink.digest, 0, 0}}) == plain);
    REQUIRE(sampled(engine, {}) == plain);

    Engine other({.model = one_expert, .precision = PrecisionPolicy::float32});
    REQUIRE(sampled(other, {ink, fog}) == both);
}

TEST_CASE("each of two experts has its own strength", "[lora]") {
    const TemporaryFolder folder;
    const SegmentLora ink = write_lora(folder.path() / "ink.safetensors", 0.3F);
    Engine engine(
        {.model = two_experts(folder.path() / "model"), .precision = PrecisionPolicy::float32});
    const auto with = [&](double high, double low) {
        return sampled(engine, {{ink.path, ink.digest, high, low}});
    };
    const LatentClip plain = sampled(engine, {});
    const LatentClip high = with(1, 0);
    const LatentClip low = with(0, 1);
    REQUIRE(high != plain);
    REQUIRE(low != plain);
    REQUIRE(high != low);

    // The experts are the same here: both together are one model with the LoRA throughout.
    Engine single({.model = one_expert, .precision = PrecisionPolicy::float32});
    REQUIRE(with(1, 1) == sampled(single, {ink}));
    REQUIRE(with(0, 0) == plain);
}

TEST_CASE("a strength by step is that of an expert that takes these steps", "[lora]") {
    const TemporaryFolder folder;
    const SegmentLora ink = write_lora(folder.path() / "ink.safetensors", 0.3F);
    Engine single({.model = one_expert, .precision = PrecisionPolicy::float32});
    const auto by_step = [&](std::vector<double> factors) {
        SegmentLora lora = ink;
        lora.by_step = std::move(factors);
        return sampled(single, {lora});
    };
    const LatentClip first_half = by_step({1, 1, 0});
    REQUIRE(first_half != sampled(single, {ink}));
    REQUIRE(first_half != sampled(single, {}));
    REQUIRE(by_step({1}) == sampled(single, {ink}));
    REQUIRE(by_step({0}) == sampled(single, {}));

    // The experts are the same here.
    Engine engine(
        {.model = two_experts(folder.path() / "model"), .precision = PrecisionPolicy::float32});
    SegmentRequest request = request_of(engine);
    request.loras = {{ink.path, ink.digest, 1, 0}};
    request.sampling.switch_at_step = 2;
    REQUIRE(engine.sample_segment(request) == first_half);
    request.sampling.switch_at_step = 3;
    REQUIRE(engine.sample_segment(request) == by_step({1, 1, 1, 0}));
    request.sampling.switch_at_step = 4;
    REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains("there are 4 steps"));
}

TEST_CASE("only two experts can be switched at a step", "[lora]") {
    Engine engine({.model = one_expert, .precision = PrecisionPolicy::float32});
    SegmentRequest request = request_of(engine);
    request.sampling.switch_at_step = 2;
    REQUIRE_THROWS_WITH(engine.sample_segment(request), Catch::Contains("two experts"));
}

TEST_CASE("a file that was verified is kept by its bytes, whatever lies at its path", "[lora]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "ink.safetensors";
    const SegmentLora ink = write_lora(file, 0.3F);
    Engine engine({.model = one_expert, .precision = PrecisionPolicy::float32});
    const LatentClip inked = sampled(engine, {ink});
    const SegmentLora other = write_lora(file, 0.1F);
    REQUIRE(other.digest != ink.digest);
    REQUIRE(sampled(engine, {other}) != inked);
    REQUIRE(sampled(engine, {ink}) == inked);
}

TEST_CASE("a LoRA that is missing, changed or for another model is refused, and the next is not",
          "[lora]") {
    const TemporaryFolder folder;
    const SegmentLora ink = write_lora(folder.path() / "ink.safetensors", 0.3F);
    Engine engine({.model = one_expert, .precision = PrecisionPolicy::float32});
    const LatentClip inked = sampled(engine, {ink});
    const auto refused = [&](const SegmentLora& lora, ErrorKind kind, const std::string& words) {
        CAPTURE(words);
        try {
            (void)sampled(engine, {lora});
            FAIL("it was accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == kind);
            CHECK_THAT(error.what(), Catch::Contains(lora.path) && Catch::Contains(words));
        }
        CHECK(sampled(engine, {ink}) == inked);
    };
    SegmentLora gone = ink;
    gone.path += ".gone";
    gone.digest = digest_of("gone");
    refused(gone, ErrorKind::unavailable, "");
    SegmentLora changed = ink;
    changed.digest = digest_of("before");
    refused(changed, ErrorKind::bad_input, "has changed since the night was planned");

    const fs::path file = folder.path() / "other.safetensors";
    write_safetensors(file, {{"blocks.40.norm3.diff", at::ones({24})}});
    refused({file.string(), digest_of_file(file), 1, 1},
            ErrorKind::bad_input,
            "1 of its 1 keys belong to no layer");
}

TEST_CASE("what LoRAs take is told in the numbers of the network", "[lora]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "small.safetensors";
    write_safetensors(file, {{"blocks.0.norm3.diff", at::ones({24})}});
    EngineLoras loras;
    const SegmentLora small{file.string(), digest_of_file(file), 1, 0};
    REQUIRE(loras.bytes(0, std::vector<SegmentLora>{small}, 2) == 48);
    REQUIRE(loras.bytes(1, std::vector<SegmentLora>{small}, 2) == 0);
}

}  // namespace nightreel
