#pragma once
// Given pictures decoded as the encode task will do it, so that damage that no header shows is
// found before the night. Reads whole files. A NightCheck; one thread.

#include "shotspec/resolve/check_night.h"

namespace nightreel {

// An error for each picture that cannot be decoded, a warning for pixels that are NaN; each file
// once, at the first entry that names it.
void check_pictures(NightDocument& document, ResolvedNight& night);

}  // namespace nightreel
