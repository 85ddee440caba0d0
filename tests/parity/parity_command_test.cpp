// `nightreel-render parity` as people and scripts call it: exit codes and words.

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/model/tensor/safetensors.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

const std::filesystem::path cases = "tests/parity";

struct Ran {
    int exit_code = 0;
    std::string output;
};

Ran parity(const std::string& arguments) {
    const std::string command =
        fmt::format("OMP_NUM_THREADS=1 '{}' parity {} 2>&1", NIGHTREEL_RENDER, arguments);
    std::FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    Ran ran;
    std::array<char, 4096> buffer{};
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        ran.output.append(buffer.data(), size);
    }
    const int status = ::pclose(pipe);
    REQUIRE(WIFEXITED(status));
    ran.exit_code = WEXITSTATUS(status);
    return ran;
}

// A copy of one case that may be changed, gone afterwards.
class CaseCopy {
  public:
    explicit CaseCopy(const std::string& name)
        : root_(std::filesystem::temp_directory_path() /
                fmt::format("nightreel_parity_{}", ::getpid())),
          folder_(root_ / name) {
        std::filesystem::create_directories(folder_.parent_path());
        std::filesystem::copy(cases / name, folder_, std::filesystem::copy_options::recursive);
        std::filesystem::copy(cases / "manifest.json", root_);
    }

    ~CaseCopy() { std::filesystem::remove_all(root_); }

    CaseCopy(const CaseCopy&) = delete;
    CaseCopy& operator=(const CaseCopy&) = delete;

    const std::filesystem::path& root() const { return root_; }

    const std::filesystem::path& folder() const { return folder_; }

  private:
    std::filesystem::path root_;
    std::filesystem::path folder_;
};

constexpr const char* unguided = "pipelines/wan21_t2v_euler_unguided";

nlohmann::json description_of(const CaseCopy& copy) {
    return JsonConfig::read(copy.folder() / "config.json").object();
}

void describe_anew(const CaseCopy& copy, const nlohmann::json& description) {
    write_file_atomically(copy.folder() / "config.json", description.dump());
}

}  // namespace

TEST_CASE("every broken model is refused with exit code 3 and named as its case demands",
          "[parity]") {
    int tried = 0;
    for (const auto& entry : std::filesystem::directory_iterator(cases / "bad")) {
        const std::filesystem::path file = entry.path() / "case.json";
        CAPTURE(file.string());
        const nlohmann::json demanded = JsonConfig::read(file).object().at("error_must_name");
        const Ran ran = parity(entry.path().string());
        REQUIRE(ran.exit_code == 3);
        for (const nlohmann::json& words : demanded) {
            REQUIRE_THAT(ran.output, Catch::Contains(words.get<std::string>()));
        }
        ++tried;
    }
    REQUIRE(tried == 18);
}

TEST_CASE("a value outside its tolerance gives exit code 1, and what was computed is written",
          "[parity]") {
    const CaseCopy copy("transformer/t2v_many_tokens");
    const std::filesystem::path file = copy.folder() / "expected.safetensors";
    const NamedTensors expected =
        read_safetensors(cases / "transformer/t2v_many_tokens/expected.safetensors");
    NamedTensors zeroed;
    for (const auto& [name, tensor] : expected) zeroed[name] = at::zeros_like(tensor);
    write_safetensors(file, zeroed);

    const Ran ran =
        parity(fmt::format("'{0}' --write '{1}'", copy.folder().string(), copy.root().string()));
    REQUIRE(ran.exit_code == 1);
    REQUIRE_THAT(ran.output, Catch::Contains("OUTSIDE"));
    const NamedTensors actual = read_safetensors(copy.folder() / "actual.safetensors");
    REQUIRE(actual.size() == expected.size());
    REQUIRE(actual.at("sample").allclose(expected.at("sample"), 0.0, 2e-5));
}

TEST_CASE("a clip of one step without guidance is computed, and has no second call", "[parity]") {
    const CaseCopy copy(unguided);
    nlohmann::json description = description_of(copy);
    description["call"]["num_inference_steps"] = 1;
    describe_anew(copy, description);
    const Ran ran = parity(fmt::format("'{}'", copy.folder().string()));
    REQUIRE(ran.exit_code == 1);
    REQUIRE_THAT(ran.output, Catch::Contains("call1.output: NOT COMPUTED"));
    REQUIRE_THAT(ran.output, Catch::Contains("decode_input: max abs error"));
}

TEST_CASE("a prompt may hold what Python writes for infinities", "[parity]") {
    const CaseCopy copy(unguided);
    std::vector<at::Tensor> read;
    for (const char* prompt : {"depth: NaN", "depth: null"}) {
        nlohmann::json description = description_of(copy);
        description["prompt"] = prompt;
        describe_anew(copy, description);
        (void)parity(
            fmt::format("'{}' --write '{}'", copy.folder().string(), copy.root().string()));
        read.push_back(read_safetensors(copy.folder() / "actual.safetensors")
                           .at("call0.encoder_hidden_states"));
    }
    REQUIRE_FALSE(at::equal(read[0], read[1]));
}

TEST_CASE("a case that is described badly is refused by its file, and hides no other", "[parity]") {
    const CaseCopy copy(unguided);
    nlohmann::json description = description_of(copy);
    description.erase("call");
    describe_anew(copy, description);
    const Ran ran = parity(fmt::format("'{}' tests/parity/bad/truncated", copy.folder().string()));
    REQUIRE(ran.exit_code == 3);
    REQUIRE_THAT(ran.output, Catch::Contains((copy.folder() / "config.json").string()));
    REQUIRE_THAT(ran.output, Catch::Contains("bad/truncated: refused"));
}

TEST_CASE("inputs that fit no network fail their case in a line, without a stack", "[parity]") {
    const CaseCopy copy("transformer/t2v_many_tokens");
    const std::filesystem::path file = copy.folder() / "inputs.safetensors";
    const NamedTensors sound =
        read_safetensors(cases / "transformer/t2v_many_tokens" / "inputs.safetensors");
    const auto run_with = [&](const std::string& name, const at::Tensor& tensor) {
        NamedTensors inputs = sound;
        inputs[name] = tensor.contiguous();
        write_safetensors(file, inputs);
        return parity(fmt::format("'{}' tests/parity/bad/truncated", copy.folder().string()));
    };
    const at::Tensor& text = sound.at("encoder_hidden_states");
    // One is found by the engine, the other by the tensor library.
    for (const Ran& ran : {run_with("hidden_states", sound.at("hidden_states").flatten(3)),
                           run_with("encoder_hidden_states", text.narrow(2, 0, 3))}) {
        REQUIRE(ran.exit_code == 1);
        REQUIRE_THAT(ran.output, Catch::Contains("t2v_many_tokens: FAULT of the engine: "));
        REQUIRE_THAT(ran.output, !Catch::Contains("frame #0"));
        REQUIRE_THAT(ran.output, Catch::Contains("bad/truncated: refused"));
    }
}

TEST_CASE("broken models among cases that pass do not fail the run", "[parity]") {
    REQUIRE(parity("tests/parity/bad tests/parity/transformer").exit_code == 0);
    REQUIRE(parity("tests/parity/bad").exit_code == 3);
}

TEST_CASE("cases run on the device that is asked for, and on no other", "[parity]") {
    REQUIRE(parity("tests/parity/transformer/t2v_small_heads --device cpu").exit_code == 0);
    const Ran unknown = parity("tests/parity/transformer --device tpu");
    REQUIRE(unknown.exit_code == 3);
    REQUIRE_THAT(unknown.output, Catch::Contains("tpu"));
    // Where there is a GPU of that number, it is one of very many.
    REQUIRE(parity("tests/parity/transformer --device cuda:99").exit_code == 10);
}

TEST_CASE("a folder without cases and an unknown option are refused", "[parity]") {
    REQUIRE(parity("tests/support").exit_code == 3);
    REQUIRE(parity("tests/parity/text --wrote x").exit_code == 2);
    REQUIRE(parity("").exit_code == 2);
}

TEST_CASE("a number of frames that is no whole clip is rounded down, as the reference does",
          "[parity]") {
    const CaseCopy copy("pipelines/wan21_flf2v");
    nlohmann::json description = description_of(copy);
    REQUIRE(description.at("call").at("num_frames") == 9);
    description["call"]["num_frames"] = 10;
    describe_anew(copy, description);
    const Ran ran = parity(fmt::format("'{}'", copy.folder().string()));
    CAPTURE(ran.output);
    REQUIRE(ran.exit_code == 0);
}

}  // namespace nightreel
