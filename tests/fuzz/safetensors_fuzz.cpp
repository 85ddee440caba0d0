// Any bytes as a safetensors file. Laws: refused with an Error, or every tensor lies inside of the
// file and the header that is written for the same tensors is read as the same again; names are
// mapped and a configuration is made, or refused, without a crash.

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/checkpoint/format/safetensors_header.h"
#include "pipeline/checkpoint/layout/derived_config.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace {

void check_round_trip(const nightreel::SafetensorsHeader& header, std::size_t size) {
    std::map<std::string, nightreel::TensorFacts, std::less<>> facts;
    std::uint64_t bytes = 0;
    for (const auto& [name, tensor] : header.tensors) {
        NIGHTREEL_CHECK(tensor.begin <= size && tensor.bytes <= size - tensor.begin,
                        "a tensor that was accepted lies in the file");
        facts[name] = {tensor.type, tensor.shape};
        bytes += tensor.bytes;
    }
    const std::string again = nightreel::safetensors_header_bytes(facts, header.metadata);
    const std::string file = again + std::string(bytes, '\0');
    const auto read = nightreel::read_safetensors_header(std::as_bytes(std::span(file)), "again");
    NIGHTREEL_CHECK(read.metadata == header.metadata, "metadata survive");
    NIGHTREEL_CHECK(read.tensors.size() == header.tensors.size(), "no tensor is lost");
    for (const auto& [name, tensor] : header.tensors) {
        const auto found = read.tensors.find(name);
        NIGHTREEL_CHECK(found != read.tensors.end() && found->second.type == tensor.type &&
                            found->second.shape == tensor.shape,
                        "a tensor's type and shape survive");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    try {
        check_round_trip(nightreel::read_safetensors_header(bytes, "a file"), size);
    } catch (const nightreel::Error& error) {
        if (error.kind() == nightreel::ErrorKind::internal) throw;
        return 0;
    }
    const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                       fmt::format("nightreel_fuzz_{}.safetensors", ::getpid());
    nightreel::write_file_atomically(file, bytes);
    try {
        (void)nightreel::derived_config(nightreel::StoredPart(file, ""));
    } catch (const nightreel::Error& error) {
        if (error.kind() == nightreel::ErrorKind::internal) throw;
    }
    return 0;
}
