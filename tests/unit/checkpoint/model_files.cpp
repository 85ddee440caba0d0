#include "tests/unit/checkpoint/model_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/checkpoint/format/safetensors_header.h"
#include "shotspec/base/files.h"

namespace nightreel {

ScratchFolder::ScratchFolder(const std::string& name)
    : path_(std::filesystem::temp_directory_path() /
            fmt::format("nightreel_{}_{}", name, ::getpid())) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
}

ScratchFolder::~ScratchFolder() {
    std::filesystem::remove_all(path_);
}

void write_zeros(const std::filesystem::path& file, const Shapes& shapes) {
    std::map<std::string, TensorFacts, std::less<>> facts;
    std::uint64_t bytes = 0;
    for (const auto& [name, shape] : shapes) {
        facts[name] = {ElementType::float32, shape};
        bytes += bytes_of_shape(shape, 4).value();
    }
    std::filesystem::create_directories(file.parent_path());
    write_file_atomically(file, safetensors_header_bytes(facts, {}) + std::string(bytes, '\0'));
}

Shapes original_transformer(std::int64_t width, std::int64_t layers, std::int64_t channels_in) {
    constexpr std::int64_t feed = 8;
    constexpr std::int64_t text = 16;
    constexpr std::int64_t channels_2_2 = 48;
    const std::int64_t channels_out = channels_in == channels_2_2 ? channels_2_2 : 16;
    Shapes shapes{{"patch_embedding.weight", {width, channels_in, 1, 2, 2}},
                  {"patch_embedding.bias", {width}},
                  {"text_embedding.0.weight", {width, text}},
                  {"time_embedding.0.weight", {width, 256}},
                  {"head.head.weight", {channels_out * 4, width}},
                  {"head.modulation", {1, 2, width}}};
    for (std::int64_t i = 0; i < layers; ++i) {
        shapes[fmt::format("blocks.{}.ffn.0.weight", i)] = {feed, width};
        shapes[fmt::format("blocks.{}.modulation", i)] = {1, 6, width};
    }
    return shapes;
}

}  // namespace nightreel
