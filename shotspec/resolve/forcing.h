#pragma once
// What a shot's diffusion forcing is and what does not go with it; a part of resolve_shot
// (shotspec/resolve/shot.h). One thread.

#include <optional>

#include "shotspec/card/forcing.h"
#include "shotspec/card/model_card.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/shot_reader.h"

namespace nightreel {

// The card's, with what the night says otherwise, field by field; nothing for a model that has
// none, after a complaint where the night asks for it.
std::optional<ForcingSettings> resolve_forcing(const ShotSettingsReader& settings,
                                               const ModelCard& card,
                                               const SamplingSettings& of_card);

// Complains of what the shot, resolved otherwise, has that its blocks of frames or their lag do not
// allow.
void check_forcing(const ShotSettingsReader& settings,
                   const ModelCard& card,
                   const ResolvedShot& shot);

}  // namespace nightreel
