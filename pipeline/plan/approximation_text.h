#pragma once
// What a shot's sampling leaves out, and what the model's card says that it costs. Pure, any
// thread.

#include <string>

#include "shotspec/card/model_card.h"

namespace nightreel {

// "step_cache 0.1: latents off by 3.1 % rms, 34 % of the steps skipped, 1.5 times as fast,
// measured": of the card's measurement of the same approximations that is nearest in its settings,
// which are told where they differ. Else "not measured". Empty when nothing is left out.
std::string approximation_text(const SamplingSettings& sampling, const ModelCard& card);

}  // namespace nightreel
