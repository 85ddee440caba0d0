#pragma once
// How far colours move over a long chain of segments, beside a chain that hands over decoded
// pictures, as most tools do.

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "toybox/evaluate/figures.h"
#include "toybox/evaluate/shared_work.h"

namespace nightreel::toybox {

struct DriftTrial {
    std::size_t takes = 16;
    std::size_t segments = 16;
    std::uint64_t seed = 0;      // 0: the takes of the published figures
    std::filesystem::path plot;  // an SVG; empty: none
};

// "drift.<way>.<channel>.slope": code values a segment, the mean over takes with its 95 % interval
// (Student's t), of the picture's mean; ".still": the same of the median of 12x8 tiles, where a
// character that moves does not count. Ways: "latents" (the card's chain), and "picture": the last
// frame decoded, encoded again and given as the next segment's first.
void measure_drift(const Crew& crew, const DriftTrial& trial, const Report& report);

}  // namespace nightreel::toybox
