#include "pipeline/model/text/text_encoder.h"

#include <fstream>
#include <string>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/safetensors.h"
#include "shotspec/base/error.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

const std::filesystem::path model = "tests/parity/text/umt5";

TextEncoder small_encoder() {
    return {model / "tokenizer", model / "text_encoder", at::Device(at::kCPU)};
}

// What this process has in memory of a mapped file: "Rss:" below its line in smaps (proc(5)).
std::int64_t resident_bytes(const std::filesystem::path& file) {
    std::ifstream maps("/proc/self/smaps");
    std::int64_t bytes = 0;
    bool is_of_file = false;
    for (std::string line; std::getline(maps, line);) {
        const bool begins_mapping = line.find("kB") == std::string::npos && line.find('-') < 20;
        if (begins_mapping) is_of_file = line.ends_with(file.string());
        if (is_of_file && line.starts_with("Rss:")) bytes += std::stoll(line.substr(4)) * 1024;
    }
    return bytes;
}

// The small encoder with its weights rounded to bf16, stored in `type`.
at::Tensor encoded_from(at::ScalarType type, std::span<const std::int64_t> ids) {
    const TemporaryFolder folder;
    NamedTensors rounded;
    for (const auto& [name, tensor] : read_safetensors(model / "text_encoder/model.safetensors")) {
        rounded[name] = tensor.to(at::kBFloat16).to(type);
    }
    write_safetensors(folder.path() / "model.safetensors", rounded);
    std::filesystem::copy_file(model / "text_encoder/config.json", folder.path() / "config.json");
    return Umt5Encoder(folder.path(), at::Device(at::kCPU)).encode(ids);
}

}  // namespace

TEST_CASE("weights stored in two bytes a number give the bytes that the same in four give",
          "[text]") {
    const auto ids = small_encoder().ids("a lighthouse at dusk", 100);
    REQUIRE(encoded_from(at::kBFloat16, ids).equal(encoded_from(at::kFloat, ids)));
}

TEST_CASE("ids always end with the end of the text, at any length", "[text]") {
    const TextEncoder text = small_encoder();
    const auto whole = text.ids("a lighthouse at dusk", 100);
    REQUIRE(whole.size() > 4);
    REQUIRE(whole.back() == 1);
    for (std::size_t length = 1; length < whole.size(); ++length) {
        const auto cut = text.ids("a lighthouse at dusk", length);
        REQUIRE(cut.size() == length);
        REQUIRE(cut.back() == 1);
        REQUIRE(std::equal(cut.begin(), cut.end() - 1, whole.begin()));
    }
    REQUIRE(text.ids("", 100) == std::vector<std::int64_t>{1});
}

TEST_CASE("prompts that are encoded together have the bytes that each has alone", "[text]") {
    const TextEncoder text = small_encoder();
    std::vector<std::vector<std::int64_t>> prompts;
    for (const char* prompt : {"a lighthouse at dusk", "", "rain on a tin roof, close, loud"}) {
        prompts.push_back(text.ids(prompt, 100));
    }
    const std::vector<at::Tensor> together = text.encoder().encode(std::span(prompts));
    REQUIRE(together.size() == prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        REQUIRE(
            together[i].equal(text.encoder().encode(std::span<const std::int64_t>(prompts[i]))));
    }
}

TEST_CASE("pages of the weights are given back layer by layer while a prompt is encoded",
          "[text]") {
    const std::filesystem::path bundled = "models/toybox";
    const std::filesystem::path file =
        std::filesystem::canonical(bundled / "text_encoder/model.safetensors");
    const TextEncoder text{bundled / "tokenizer", bundled / "text_encoder", at::Device(at::kCPU)};
    const auto all = static_cast<std::int64_t>(std::filesystem::file_size(file));
    const at::Tensor first = text.encoder().encode(text.ids("a large red star spins", 512));
    CHECK(resident_bytes(file) < all / 4);
    CHECK(text.encoder().encode(text.ids("a large red star spins", 512)).equal(first));
}

TEST_CASE("special tokens that a prompt spells out are special tokens", "[text]") {
    const auto ids = small_encoder().ids("<pad><extra_id_1></s> <s>", 100);
    REQUIRE(ids == std::vector<std::int64_t>{0, 1281, 1, 2, 1});
}

TEST_CASE("after the prompt's end there are rows of zeros, and the length does not change the rest",
          "[text]") {
    const TextEncoder text = small_encoder();
    const auto rows = static_cast<std::int64_t>(text.ids("a red star", 512).size());
    const at::Tensor longer = text.encode("a red star", 512);
    const at::Tensor shorter = text.encode("a red star", rows);
    REQUIRE(longer.size(1) == 512);
    REQUIRE(longer.narrow(1, 0, rows).equal(shorter));
    REQUIRE_FALSE(longer.narrow(1, rows, 512 - rows).any().item<bool>());
    REQUIRE(shorter.any(2).all().item<bool>());
}

TEST_CASE("far positions share buckets, near ones and the two directions do not", "[text]") {
    const TextEncoder text = small_encoder();
    const Umt5Config& config = text.encoder().config();
    const at::Tensor distances = at::arange(-300, 301, at::kLong);
    const at::Tensor buckets = relative_position_buckets(distances, config);
    REQUIRE(buckets.min().item<std::int64_t>() == 0);
    REQUIRE(buckets.max().item<std::int64_t>() == config.buckets - 1);
    REQUIRE(buckets[0].item<std::int64_t>() == buckets[100].item<std::int64_t>());
    REQUIRE(buckets[299].item<std::int64_t>() != buckets[301].item<std::int64_t>());
    REQUIRE(buckets[303].item<std::int64_t>() != buckets[304].item<std::int64_t>());
}

TEST_CASE("a tokenizer with more ids than the encoder knows is refused", "[text]") {
    const std::vector<std::int64_t> ids = {5, 100000, 1};
    REQUIRE_THROWS_WITH(small_encoder().encoder().encode(ids), Catch::Contains("vocab_size"));
    REQUIRE_THROWS_AS(Tokenizer("tests/parity/text"), Error);
}

}  // namespace nightreel
