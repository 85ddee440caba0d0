#pragma once
// How the frames and movies of a shot are delivered. One thread.

#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/shot_reader.h"

namespace nightreel {

// Fills in exr, owner and movies; complains and warns at their places.
void resolve_delivery(const ShotSettingsReader& settings, ResolvedShot& shot);

}  // namespace nightreel
