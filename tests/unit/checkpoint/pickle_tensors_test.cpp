// The files in pickles/ were written by torch.save 2.11.

#include <cstring>
#include <filesystem>

#include <catch2/catch.hpp>

#include "pipeline/checkpoint/format/tensor_file.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/unit/checkpoint/model_files.h"

namespace nightreel {
namespace {

const std::filesystem::path pickles = "tests/unit/checkpoint/pickles";

template <class T>
std::vector<T> values_of(const TensorFile& file, const std::string& name) {
    const std::span<const std::byte> bytes = file.bytes_of(file.at(name));
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

std::string complaint_about(const std::filesystem::path& file) {
    try {
        (void)TensorFile(file);
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::bad_input);
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a state dictionary that torch saved gives its tensors as they lie in the file",
          "[pickle]") {
    const TensorFile file(pickles / "state.pth");
    REQUIRE(file.at("0.weight").shape == std::vector<std::int64_t>{2, 3});
    REQUIRE(values_of<float>(file, "0.weight") == std::vector<float>{0, 1, 2, 3, 4, 5});
    REQUIRE(values_of<float>(file, "0.bias") == std::vector<float>{1, 2});
    REQUIRE(values_of<float>(file, "parameter") == std::vector<float>{9, 8});
    REQUIRE(values_of<std::int64_t>(file, "ids") == std::vector<std::int64_t>{1, -2, 3});
    REQUIRE(values_of<double>(file, "scalar") == std::vector<double>{7.5});
    REQUIRE(file.at("scalar").shape.empty());
    REQUIRE(file.at("bf16").type == ElementType::bfloat16);
    REQUIRE(values_of<std::uint16_t>(file, "bf16") == std::vector<std::uint16_t>{0x3fc0, 0xc000});
    REQUIRE(values_of<std::uint16_t>(file, "half") == std::vector<std::uint16_t>{0x3400});
    REQUIRE(values_of<std::uint8_t>(file, "mask") == std::vector<std::uint8_t>{1, 0});
    REQUIRE(file.at("empty").shape == std::vector<std::int64_t>{0, 4});
    REQUIRE(file.at("empty").bytes == 0);
}

TEST_CASE("views of one storage are found at their own place in it", "[pickle]") {
    const TensorFile file(pickles / "state.pth");
    REQUIRE(values_of<float>(file, "view") == std::vector<float>{4, 5, 6, 7});
    REQUIRE(values_of<float>(file, "same_storage") == std::vector<float>{0, 1, 2});
    REQUIRE(file.at("view").begin == file.at("same_storage").begin + 16);
}

TEST_CASE("a pickle that would run something is refused by the name of what it would run",
          "[pickle]") {
    const std::string command = complaint_about(pickles / "runs_a_command.pth");
    REQUIRE_THAT(command,
                 Catch::Contains("runs_a_command.pth") && Catch::Contains("posix.system") &&
                     Catch::Contains("nightreel models import"));
    REQUIRE_THAT(complaint_about(pickles / "evaluates.pth"), Catch::Contains("__builtin__.eval"));
    REQUIRE_THAT(complaint_about(pickles / "module.pth"),
                 Catch::Contains("torch.nn.modules.linear.Linear"));
}

TEST_CASE("what is no plain dictionary of tensors is refused by what it is", "[pickle]") {
    REQUIRE_THAT(complaint_about(pickles / "training.pth"), Catch::Contains("model: not a tensor"));
    REQUIRE_THAT(complaint_about(pickles / "turned.pth"),
                 Catch::Contains("turned") &&
                     (Catch::Contains("strides of [1, 3]") || Catch::Contains("strides [1, 3]")));
    REQUIRE_THAT(complaint_about(pickles / "legacy.pth"), Catch::Contains("not a zip archive"));
    REQUIRE_THAT(complaint_about(pickles / "protocol4.pth"), Catch::Contains("protocol 4"));
}

TEST_CASE("a pickle cut off anywhere, or with any byte changed, is refused or gives sound tensors",
          "[pickle]") {
    const ScratchFolder scratch("pickle");
    const std::string whole = read_file(pickles / "state.pth");
    const std::filesystem::path file = scratch / "broken.pth";
    for (std::size_t length = 0; length < whole.size(); length += 7) {
        write_file_atomically(file, whole.substr(0, length));
        REQUIRE_FALSE(complaint_about(file).empty());
    }
    int accepted = 0;
    for (std::size_t i = 0; i < whole.size(); i += 3) {
        std::string bytes = whole;
        bytes[i] = static_cast<char>(bytes[i] ^ 0x41);
        write_file_atomically(file, bytes);
        if (!complaint_about(file).empty()) continue;
        const TensorFile read(file);
        for (const auto& [name, tensor] : read.tensors()) {
            REQUIRE(tensor.begin + tensor.bytes <= bytes.size());
            REQUIRE(bytes_of_shape(tensor.shape, facts_of(tensor.type).bytes) == tensor.bytes);
        }
        ++accepted;
    }
    REQUIRE(accepted > 0);  // data and padding may change freely
}

}  // namespace nightreel
