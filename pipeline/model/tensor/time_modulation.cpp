#include "pipeline/model/tensor/time_modulation.h"

#include <ATen/ATen.h>

namespace nightreel {

at::Tensor TimeModulation::spread(const at::Tensor& rows_ud) const {
    const std::int64_t width = rows_ud.size(1);
    if (rows_ud.size(0) == 1) return rows_ud.view({1, 1, 1, width});
    return rows_ud.index_select(0, index).view({batch, groups, 1, width});
}

}  // namespace nightreel
