#include "pipeline/plan/segment_loras.h"

#include <algorithm>

#include "shotspec/base/check.h"

namespace nightreel {

std::vector<SegmentLora> loras_of_segment(const std::vector<ResolvedLora>& loras,
                                          std::int32_t number) {
    NIGHTREEL_CHECK(number >= 1, "segments are counted from 1");
    std::vector<SegmentLora> heard;
    for (const ResolvedLora& resolved : loras) {
        SegmentLora lora = resolved.lora;
        if (!resolved.by_segment.empty()) {
            const std::size_t last = resolved.by_segment.size() - 1;
            const double factor =
                resolved.by_segment[std::min(static_cast<std::size_t>(number) - 1, last)];
            lora.high *= factor;
            lora.low *= factor;
        }
        if (!lora.is_silent()) heard.push_back(std::move(lora));
    }
    return heard;
}

}  // namespace nightreel
