#include "pipeline/model/tensor/safetensors.h"

#include <cstdint>
#include <filesystem>
#include <string>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/model/tensor/weights.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/random.h"

namespace nightreel {
namespace {

// A folder of its own for one test, gone afterwards.
class Scratch {
  public:
    Scratch()
        : path_(std::filesystem::temp_directory_path() /
                fmt::format("nightreel_safetensors_{}", ::getpid())) {
        std::filesystem::create_directories(path_);
    }

    ~Scratch() { std::filesystem::remove_all(path_); }

    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

NamedTensors some_tensors() {
    return {{"a.weight", at::arange(6, at::kFloat).view({2, 3})},
            {"b.bias", at::arange(5, at::kFloat).to(at::kBFloat16)},
            {"empty", at::empty({0, 4})},
            {"ids", at::arange(-3, 4, at::kLong)},
            {"mask", at::ones({3}, at::kBool)},
            {"pixels", at::arange(7, at::kByte)},
            {"scalar", at::scalar_tensor(2.5, at::kDouble)}};
}

// What Error says when `file` holds `bytes`; empty when it is accepted.
std::string complaint_about(const std::filesystem::path& file, std::string_view bytes) {
    write_file_atomically(file, bytes);
    try {
        for (const auto& [name, tensor] : read_safetensors(file)) {
            if (tensor.numel() > 0) (void)tensor.to(at::kDouble).sum().item<double>();
        }
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::bad_input);
        return error.what();
    }
    return {};
}

std::string with_header(const std::string& header, std::size_t data_bytes) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i));
    return bytes + header + std::string(data_bytes, '\0');
}

}  // namespace

TEST_CASE("tensors come back from a file as they were written", "[safetensors]") {
    const Scratch scratch;
    const NamedTensors tensors = some_tensors();
    write_safetensors(scratch / "x.safetensors", tensors, {{"kind", "latents"}});
    const SafetensorsFile file(scratch / "x.safetensors");
    REQUIRE(file.metadata() == TextMetadata{{"kind", "latents"}});
    const NamedTensors read = file.tensors();
    REQUIRE(read.size() == tensors.size());
    for (const auto& [name, tensor] : tensors) {
        CAPTURE(name);
        REQUIRE(read.at(name).scalar_type() == tensor.scalar_type());
        REQUIRE(read.at(name).equal(tensor));
    }
    REQUIRE(safetensors_bytes(read, file.metadata()) == read_file(scratch / "x.safetensors"));
}

TEST_CASE("a tensor outlives the file that it was read from", "[safetensors]") {
    const Scratch scratch;
    at::Tensor tensor;
    {
        write_safetensors(scratch / "x.safetensors", some_tensors());
        tensor = SafetensorsFile(scratch / "x.safetensors").tensor("a.weight");
        std::filesystem::remove(scratch / "x.safetensors");
    }
    REQUIRE(tensor.equal(at::arange(6, at::kFloat).view({2, 3})));
}

TEST_CASE("a file cut at any byte is refused", "[safetensors]") {
    const Scratch scratch;
    const std::string whole = safetensors_bytes(some_tensors());
    REQUIRE(complaint_about(scratch / "x.safetensors", whole).empty());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const std::string complaint =
            complaint_about(scratch / "x.safetensors", std::string_view(whole).substr(0, size));
        REQUIRE(complaint.find("x.safetensors") != std::string::npos);
    }
    REQUIRE_FALSE(complaint_about(scratch / "x.safetensors", whole + '\0').empty());
}

TEST_CASE("flipped bits are refused or harmless, and never a crash", "[safetensors]") {
    const Scratch scratch;
    const std::string whole = safetensors_bytes(some_tensors());
    int refused = 0;
    for (std::uint32_t round = 0; round < 4000; ++round) {
        std::string bytes = whole;
        const PhiloxCounter draw = philox4x32({round, 0, 0, 0}, {20261123, 7});
        for (std::size_t flip = 0; flip <= draw[3] % 3; ++flip) {
            const std::size_t bit = draw[flip] % (bytes.size() * 8);
            bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        }
        refused += complaint_about(scratch / "x.safetensors", bytes).empty() ? 0 : 1;
    }
    REQUIRE(refused > 1000);
}

TEST_CASE("a header that lies is refused by what it lies about", "[safetensors]") {
    const Scratch scratch;
    const auto complaint = [&](const std::string& header, std::size_t data_bytes) {
        return complaint_about(scratch / "x.safetensors", with_header(header, data_bytes));
    };
    const auto mentions = [](const std::string& word) { return Catch::Contains(word); };
    REQUIRE_THAT(
        complaint(R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})",
                  8),
        mentions("shape or size"));
    REQUIRE_THAT(complaint(R"({"w":{"dtype":"F32","shape":[8,8,8,8,8,8,8,8,8,8,8,8,8,8,8,8],)"
                           R"("data_offsets":[0,8]}})",
                           8),
                 mentions("shape or size"));
    REQUIRE_THAT(complaint(R"({"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8),
                 mentions("w"));
    REQUIRE_THAT(complaint(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8),
                 mentions("reversed"));
    REQUIRE_THAT(complaint(R"({"w":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}})", 8),
                 mentions("Q4"));
    REQUIRE_THAT(complaint(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                           R"("v":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                           12),
                 mentions("overlap"));
    REQUIRE_THAT(complaint(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8),
                 mentions("gap"));
    REQUIRE_THAT(complaint(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                           R"("w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                           4),
                 mentions("duplicate"));
    REQUIRE_THAT(complaint(R"({"\u001b[2J":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4),
                 mentions("control characters"));
    REQUIRE_THAT(complaint(std::string(100000, '['), 0), mentions("JSON"));
    REQUIRE(complaint(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8).empty());
}

TEST_CASE("weights are taken by name, shape and type, and all of them", "[weights]") {
    const Scratch scratch;
    write_safetensors(scratch / "m.safetensors", some_tensors());
    Weights weights(scratch.path(), "m");
    using Catch::Contains;
    REQUIRE_THROWS_WITH(weights.take("c", {1}),
                        Contains("m.safetensors") && Contains("c: missing"));
    REQUIRE_THROWS_WITH(weights.take("a.weight", {3, 2}), Contains("[2, 3]") && Contains("[3, 2]"));
    REQUIRE_THROWS_WITH(weights.take("scalar", {}), Contains("F64"));
    REQUIRE(weights.take("a.weight", {2, 3}).size(1) == 3);
    REQUIRE_THROWS_WITH(weights.refuse_untaken(), Contains("b.bias") && Contains("unexpected"));
}

TEST_CASE("shards and their index must agree", "[weights]") {
    const Scratch scratch;
    write_safetensors(scratch / "m-1.safetensors", {{"layers.0.w", at::ones({2})}});
    write_safetensors(scratch / "m-2.safetensors", {{"layers.1.w", at::zeros({2})}});
    const auto index = [&](const std::string& map) {
        write_file_atomically(scratch / "m.safetensors.index.json",
                              R"({"weight_map":{)" + map + "}}");
    };
    using Catch::Contains;
    index(R"("layers.0.w":"m-1.safetensors","layers.1.w":"m-2.safetensors")");
    Weights weights(scratch.path(), "m");
    REQUIRE(weights.layers_of("layers") == 2);
    REQUIRE(weights.take("layers.1.w", {2}).sum().item<float>() == 0.0F);
    index(R"("layers.0.w":"m-2.safetensors")");
    REQUIRE_THROWS_WITH(Weights(scratch.path(), "m"),
                        Contains("index.json") && Contains("layers.0.w"));
    index(R"("layers.0.w":"m-1.safetensors","layers.1.w":"m-3.safetensors")");
    REQUIRE_THROWS_WITH(Weights(scratch.path(), "m"), Contains("m-3.safetensors"));
    index(R"("layers.0.w":"../m-1.safetensors")");
    REQUIRE_THROWS_WITH(Weights(scratch.path(), "m"), Contains("next to"));
}

}  // namespace nightreel
