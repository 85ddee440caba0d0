#pragma once
// Where the takes of a night will be published, as far as that can be judged without looking at a
// disk: no two in one place, none where something else is kept. One thread.

#include "shotspec/night/read_night.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// Complains of folders that collide, with both places, and warns of what will not work later or
// elsewhere: a template without {version}, names that other systems do not allow or take for one.
// `night` is what the document was resolved to.
void check_outputs(NightDocument& document, const ResolvedNight& night);

}  // namespace nightreel
