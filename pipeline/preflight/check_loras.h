#pragma once
// LoRAs of a night against the models of its shots, file against file, as the engine does it when
// the shot is rendered (pipeline/checkpoint/layout/lora_fit.h). Reads headers of weights and whole
// LoRA files. A NightCheck; one thread.

#include "shotspec/resolve/check_night.h"

namespace nightreel {

// An error for each LoRA that the engine would refuse, at the entry that names it; a warning where
// the model's own weights cannot be read, and where keys of the image branch are left out, whose
// number is noted in the night.
void check_loras(NightDocument& document, ResolvedNight& night);

}  // namespace nightreel
