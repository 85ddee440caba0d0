#include "pipeline/parity/given_pictures.h"

#include <ATen/ATen.h>

#include "shotspec/base/check.h"

namespace nightreel {

BytePicture picture_of(const at::Tensor& bytes_hwc) {
    NIGHTREEL_CHECK(bytes_hwc.dim() == 3 && bytes_hwc.scalar_type() == at::kByte,
                    "a picture is rows, columns and channels of 8 bits");
    const at::Tensor plain = bytes_hwc.to(at::kCPU).contiguous();
    const auto* const first = plain.const_data_ptr<std::uint8_t>();
    return {static_cast<int>(plain.size(1)),
            static_cast<int>(plain.size(0)),
            static_cast<int>(plain.size(2)),
            {first, first + plain.numel()}};
}

std::vector<BytePicture> pictures_of(const at::Tensor& bytes_thwc) {
    std::vector<BytePicture> pictures;
    for (const at::Tensor& one : bytes_thwc.unbind(0)) pictures.push_back(picture_of(one));
    return pictures;
}

}  // namespace nightreel
