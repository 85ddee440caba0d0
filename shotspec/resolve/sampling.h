#pragma once
// How a shot is sampled: the preset of its model's card or a recipe, with what the night says
// otherwise; a part of resolve_shot (shotspec/resolve/shot.h). One thread.

#include <string>
#include <vector>

#include "shotspec/card/model_card.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/recipe/recipe.h"
#include "shotspec/resolve/shot_reader.h"

namespace nightreel {

struct ShotSampling {
    SamplingSettings settings;
    StepCacheFit step_cache_fit;  // the model's; only with a step cache
};

// What a shot's sampling follows from, beside the settings of sampling themselves.
struct SamplingBase {
    Quality quality = Quality::final;
    PictureSize size;                // some models are shifted by it
    const Recipe* recipe = nullptr;  // null: the preset of the card
};

// Complains of settings that contradict each other, with both places, and of those that the model
// has no use for.
ShotSampling resolve_sampling(const ShotSettingsReader& settings,
                              const ModelCard& card,
                              const SamplingBase& base);

// The recipe as a shot's record has it; `changed` is what the night has otherwise beside sampling.
RecipeUse recipe_use(const Recipe& recipe,
                     const SamplingSettings& sampling,
                     std::vector<std::string> changed);

}  // namespace nightreel
