#pragma once
// Which LoRAs a segment is sampled with, and how strongly. Pure, any thread.

#include <cstdint>
#include <vector>

#include "shotspec/night/lora_settings.h"

namespace nightreel {

// What segment `number`, counted from 1, is sampled with. One that adds nothing is left out, so
// that the work is named as it is without it.
std::vector<SegmentLora> loras_of_segment(const std::vector<ResolvedLora>& loras,
                                          std::int32_t number);

}  // namespace nightreel
