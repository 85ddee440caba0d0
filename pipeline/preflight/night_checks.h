#pragma once
// Everything that is looked at before a night beside the night file and the cards, in the order in
// which it is cheap: vocabularies, lengths of prompts, LoRAs. Any thread.

#include <vector>

#include "shotspec/resolve/check_night.h"

namespace nightreel {

std::vector<NightCheck> night_checks();

}  // namespace nightreel
