#pragma once
// Recipes that a night asks for, found and read; a part of resolve_shot (shotspec/resolve/shot.h).
// Reads each file once; one thread.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/card/model_card.h"
#include "shotspec/night/read_night.h"
#include "shotspec/recipe/read_recipe.h"
#include "shotspec/resolve/loras.h"
#include "shotspec/resolve/shot_reader.h"

namespace nightreel {

class RecipeShelf {
  public:
    RecipeShelf(const std::vector<std::filesystem::path>& roots, NightDocument& document)
        : roots_(roots), document_(document) {}

    // The recipe of a name that is written at `path`; nothing after a complaint.
    const Recipe* find(const std::string& name, const std::string& path);

    // "fastwan2.1-t2v and rcm-wan2.1-t2v": installed recipes for a family.
    std::string names_for(const std::string& family);

  private:
    const Recipe* read(const RecipeFile& file);

    const std::vector<std::filesystem::path>& roots_;
    NightDocument& document_;
    std::map<std::string, std::optional<Recipe>> recipes_;  // by path
};

// The recipe of a shot and the LoRAs that it brings.
struct ShotRecipe {
    const Recipe* recipe = nullptr;  // the shelf's; null: none is asked for, or it cannot be used
    std::vector<ResolvedLora> loras;
    std::vector<std::string> changed;  // strengths that the night has otherwise
};

// Complains of a recipe for other models, and of LoRA files that are missing or not the recipe's.
ShotRecipe resolve_recipe(const ShotSettingsReader& settings,
                          const ModelCard& card,
                          RecipeShelf& recipes,
                          LoraShelf& loras);

}  // namespace nightreel
