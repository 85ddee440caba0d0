#pragma once
// Reference pictures of the characters in a shot, beside what its model takes; a part of
// resolve_shot (shotspec/resolve/shot.h). One thread.

#include <string>
#include <vector>

#include "shotspec/card/model_card.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {

// "mira 2, otto 1", in the order of the prompt.
std::string references_text(const std::vector<ReferencePicture>& references);

// Complains of more pictures than the model takes, with the installed models that take as many.
void check_references(const ShotSettingsReader& settings,
                      const ModelCard& card,
                      const ShotMeans& means,
                      const ResolvedShot& shot);

}  // namespace nightreel
