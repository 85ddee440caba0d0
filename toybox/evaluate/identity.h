#pragma once
// How well a character is kept over many chained segments of which only the first caption says what
// it looks like, and how much the joints show. The detector judges what is finished; nothing is
// chosen by it.

#include <cstddef>
#include <cstdint>

#include "toybox/evaluate/figures.h"
#include "toybox/evaluate/shared_work.h"

namespace nightreel::toybox {

struct IdentityTrial {
    std::size_t characters = 64;  // a quarter of them for each baseline
    std::size_t segments = 8;
    std::uint64_t seed = 0;  // 0: the characters of the published figures
};

// "identity.<way>.kept" over the segments after the first, "identity.<way>.pair" (difference over
// the joint by the usual one), and ".seam", ".control", ".excess" as the quality report has them.
// Ways: "guided" (sheet, one latent frame of overlap, guide_references), and as baselines "chain"
// (the card's settings with the sheet), "no_sheet" and "cuts" (the sheet, separate clips).
void measure_identity(const Crew& crew, const IdentityTrial& trial, const Report& report);

}  // namespace nightreel::toybox
