#pragma once
// One shot of a night, resolved; the parts that resolve (shotspec/resolve/resolve.h) is made of.
// One thread.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "shotspec/night/clip_facts.h"
#include "shotspec/night/read_night.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/loras.h"
#include "shotspec/resolve/pictures.h"
#include "shotspec/resolve/recipes.h"
#include "shotspec/resolve/shot_reader.h"
#include "shotspec/resolve/styles.h"

namespace nightreel {

struct Characters {
    std::map<std::string, std::string> prompts;
    std::map<std::string, std::string> negatives;
    std::map<std::string, std::vector<GivenPicture>> pictures;
    std::map<std::string, std::vector<ResolvedLora>> loras;
};

// Installed models that make long takes whole, each with its strategies; asked for where one is
// needed.
using ContinuingModels = std::function<std::vector<std::string>()>;

// How clips are looked into, and which installed models can do what.
struct ShotMeans {
    ClipReader clips;
    std::function<std::vector<std::string>(EditVerb verb)> models;
    // Those that take so many reference pictures a shot.
    std::function<std::vector<std::string>(std::size_t pictures)> holding = {};
};

// Without a card (it was complained of) only what needs none is checked.
ResolvedShot resolve_shot(const ShotSettingsReader& settings,
                          const Characters& characters,
                          const Styles& styles,
                          LoraShelf& loras,
                          PictureShelf& pictures,
                          RecipeShelf& recipes,
                          const ModelCard* card,
                          const ContinuingModels& continuing,
                          const ShotMeans& means);

}  // namespace nightreel
