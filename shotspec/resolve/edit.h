#pragma once
// Operations on clips, found, measured and laid out as parts of a take; a part of resolve_shot
// (shotspec/resolve/shot.h). One thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/card/model_card.h"
#include "shotspec/night/clip_facts.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {

// Clips and parts into shot.edit, whose size, rate and segments are resolved. `frames` is the
// length of the take with handles, where the night says one. Gives the length, or nothing after a
// complaint.
std::optional<std::int64_t> resolve_edit(const ShotSettingsReader& settings,
                                         const ModelCard& card,
                                         EditVerb verb,
                                         const std::optional<std::int64_t>& frames,
                                         const ShotMeans& means,
                                         ResolvedShot& shot);

// The number of the take's first frame with which the frames of its first clip keep theirs; nothing
// where no clip has numbers.
std::optional<std::int64_t> first_number_of(const ResolvedEdit& edit);

}  // namespace nightreel
