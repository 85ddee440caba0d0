#pragma once
// The models of a night as far as their files' headers tell: a truncated download, a Git LFS
// pointer, a file that this user cannot read. Weights are not read. A NightCheck; one thread.

#include "shotspec/resolve/check_night.h"

namespace nightreel {

// An error for each part of a model that cannot be used, where the model is first named.
void check_models(NightDocument& document, ResolvedNight& night);

}  // namespace nightreel
