#pragma once
// The safetensors format: eight bytes of length, a JSON header, and data that the header's offsets
// cover without gap or overlap. Everything the header says is checked before a byte of data is
// touched: nothing is allocated by a size that a file merely claims. Pure; any thread.
// Source: github.com/huggingface/safetensors, README and safetensors/src/tensor.rs.

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

struct SafetensorsHeader {
    TextMetadata metadata;
    StoredTensors tensors;
};

// `label` stands in front of every fault, which is Error{bad_input}.
SafetensorsHeader read_safetensors_header(std::span<const std::byte> file,
                                          const std::string& label);

struct TensorFacts {
    ElementType type = ElementType::float32;
    std::vector<std::int64_t> shape;
};

// The length and the header of a file whose data are these tensors in the order of their names,
// padded so that data begins at a multiple of eight bytes.
std::string safetensors_header_bytes(const std::map<std::string, TensorFacts, std::less<>>& tensors,
                                     const TextMetadata& metadata);

}  // namespace nightreel
