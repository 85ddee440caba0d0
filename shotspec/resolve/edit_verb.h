#pragma once
// Which operation a shot asks for, and which models can do it. Pure but for complaints, one thread.

#include <optional>

#include "shotspec/card/model_card.h"
#include "shotspec/night/resolved_edit.h"
#include "shotspec/resolve/shot_reader.h"

namespace nightreel {

// The operation that the shot asks for; complains of a second one, and of keys beside it.
std::optional<EditVerb> verb_of(const ShotSettingsReader& settings);

// Whether the model keeps frames of a clip before and after those that it makes.
bool can_keep_frames(const ModelCard& card);

// Whether it can do the operation.
bool can_do(const ModelCard& card, EditVerb verb);

}  // namespace nightreel
