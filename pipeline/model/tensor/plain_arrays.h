#pragma once
// Named arrays of float32 in a safetensors file, for code that knows nothing of tensors. The same
// arrays give the same bytes. Plain values; any thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nightreel {

struct PlainArray {
    std::vector<std::int64_t> shape;
    std::vector<float> values;  // as many as the shape says, the last dimension running fastest
};

using PlainArrays = std::map<std::string, PlainArray>;

// Not synced: the owner of the folder does that.
void write_plain_arrays(const std::filesystem::path& file, const PlainArrays& arrays);

// Throws Error{bad_input} naming file and array when one is not float32.
PlainArrays read_plain_arrays(const std::filesystem::path& file);

}  // namespace nightreel
