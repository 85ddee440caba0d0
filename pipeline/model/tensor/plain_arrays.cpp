#include "pipeline/model/tensor/plain_arrays.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/safetensors.h"
#include "shotspec/base/check.h"
#include "shotspec/base/disk/unsynced_file.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

at::Tensor view_of(const PlainArray& array) {
    std::int64_t count = 1;
    for (const std::int64_t length : array.shape) count *= length;
    NIGHTREEL_CHECK(count == std::ssize(array.values), "an array has the values of its shape");
    // from_blob wants a pointer to change through; the tensor is only read from.
    return at::from_blob(const_cast<float*>(array.values.data()), array.shape, at::kFloat);
}

}  // namespace

void write_plain_arrays(const std::filesystem::path& file, const PlainArrays& arrays) {
    NamedTensors tensors;
    for (const auto& [name, array] : arrays) tensors[name] = view_of(array);
    write_file_unsynced(file, safetensors_bytes(tensors));
}

PlainArrays read_plain_arrays(const std::filesystem::path& file) {
    PlainArrays arrays;
    for (const auto& [name, tensor] : read_safetensors(file)) {
        if (tensor.scalar_type() != at::kFloat) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}: {}: is not float32", file.string(), name));
        }
        const at::Tensor dense = tensor.contiguous();
        const float* first = dense.const_data_ptr<float>();
        arrays[name] = {dense.sizes().vec(), std::vector<float>(first, first + dense.numel())};
    }
    return arrays;
}

}  // namespace nightreel
