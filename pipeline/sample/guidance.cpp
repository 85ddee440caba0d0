#include "pipeline/sample/guidance.h"

#include <ATen/ATen.h>

#include "shotspec/base/check.h"

namespace nightreel {

at::Tensor guided(const at::Tensor& batch, double scale) {
    NIGHTREEL_CHECK(batch.size(0) % 2 == 0, "each prediction has its partner without the prompt");
    const std::int64_t half = batch.size(0) / 2;
    const at::Tensor with = batch.narrow(0, 0, half);
    const at::Tensor without = batch.narrow(0, half, half);
    return without + (with - without) * scale;
}

}  // namespace nightreel
