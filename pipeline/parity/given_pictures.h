#pragma once
// Pictures and clips of 8 bits among a case's inputs: [h, w, c] and [t, h, w, c]. Any thread.

#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vision/picture_resize.h"

namespace nightreel {

BytePicture picture_of(const at::Tensor& bytes_hwc);
std::vector<BytePicture> pictures_of(const at::Tensor& bytes_thwc);

}  // namespace nightreel
