#include "pipeline/bench/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/checkpoint/layout/derived_config.h"
#include "pipeline/checkpoint/layout/stored_part.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/random.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A prime number of values: rows of a matrix do not repeat each other.
constexpr std::size_t block_values = 1'048'573;

std::int64_t items_of(const std::vector<std::int64_t>& shape) {
    std::int64_t items = 1;
    for (const std::int64_t size : shape) items *= size;
    return items;
}

std::uint64_t bytes_of(const TensorFacts& tensor) {
    return static_cast<std::uint64_t>(items_of(tensor.shape)) * facts_of(tensor.type).bytes;
}

// Sums of four uniform numbers: near enough to normal, with a deviation of 1.
std::vector<float> seeded_block() {
    constexpr PhiloxKey key{0x6E696768, 0x74726565};
    std::vector<float> values(block_values);
    for (std::size_t i = 0; i < values.size(); ++i) {
        double sum = -2;
        for (const std::uint32_t word : philox4x32({static_cast<std::uint32_t>(i)}, key)) {
            sum += word / 4294967296.0;
        }
        values[i] = static_cast<float>(sum * std::sqrt(3.0));
    }
    return values;
}

// Weights keep the size of what goes through them; norms stay near 1. As the file has them.
std::vector<char> scaled_block(const std::vector<float>& block,
                               const std::string& name,
                               const TensorFacts& tensor) {
    const bool is_norm = name.find("norm") != std::string::npos &&
                         (name.ends_with(".weight") || name.ends_with(".gamma"));
    const bool is_matrix =
        !is_norm && tensor.shape.size() > 1 && !name.ends_with("scale_shift_table");
    const auto fan_in = static_cast<double>(items_of(tensor.shape) / tensor.shape.front());
    const auto scale = static_cast<float>(is_matrix ? 1 / std::sqrt(fan_in) : 0.02);
    const float offset = is_norm ? 1.0F : 0.0F;
    const std::size_t bytes = facts_of(tensor.type).bytes;
    std::vector<char> scaled(block.size() * bytes);
    for (std::size_t i = 0; i < block.size(); ++i) {
        const auto bits = std::bit_cast<std::uint32_t>(offset + block[i] * scale);
        // The upper half of a float32 is a bf16.
        const std::uint32_t value = tensor.type == ElementType::bfloat16 ? bits >> 16U : bits;
        std::memcpy(scaled.data() + i * bytes, &value, bytes);
    }
    return scaled;
}

void write_weights(const fs::path& path, const RandomTensors& tensors) {
    const std::vector<float> block = seeded_block();
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    const std::string header = safetensors_header_bytes(tensors, {});
    out.write(header.data(), static_cast<std::streamsize>(header.size()));
    for (const auto& [name, tensor] : tensors) {
        const std::vector<char> values = scaled_block(block, name, tensor);
        std::uint64_t left = bytes_of(tensor);
        while (left > 0 && out) {
            const std::uint64_t now = std::min<std::uint64_t>(left, values.size());
            out.write(values.data(), static_cast<std::streamsize>(now));
            left -= now;
        }
    }
    out.close();
    if (!out) {
        throw Error(ErrorKind::unavailable,
                    path.string() + ": cannot be written; set another folder with --scratch");
    }
}

void require_room(const fs::path& folder, const RandomNetwork& network) {
    std::uint64_t bytes = 0;
    for (const auto& item : network.tensors) bytes += bytes_of(item.second);
    const std::uint64_t room = fs::space(folder).available;
    if (room >= bytes) return;
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: {} bytes free, but the weights of {} require {}; set another "
                            "folder with --scratch or fewer --layers",
                            folder.string(),
                            room,
                            network.name,
                            bytes));
}

}  // namespace

fs::path make_random_network(const RandomNetwork& network, const fs::path& scratch) {
    const fs::path folder = scratch / network.name;
    const fs::path weights = folder / network.file;
    if (fs::exists(weights)) return folder;
    fs::create_directories(folder);
    require_room(folder, network);
    // Renamed when it is whole: a file of that name is never half written.
    const fs::path part = folder / "weights.partial";
    write_weights(part, network.tensors);
    write_file_atomically(folder / "config.json",
                          derived_config(StoredPart(part, "")).dump(1) + "\n");
    fs::rename(part, weights);
    return folder;
}

}  // namespace nightreel
