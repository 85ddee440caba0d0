#pragma once
// Recipe files: finding and reading them. One thread.

#include <filesystem>
#include <string>
#include <vector>

#include "shotspec/recipe/recipe.h"
#include "shotspec/yaml/diagnostic.h"

namespace nightreel {

struct RecipeFile {
    std::string name;
    std::filesystem::path path;
};

// The files NAME.yaml of `roots`, by name; of two with one name that of the earlier root. Roots
// that are not there hold none.
std::vector<RecipeFile> find_recipes(const std::vector<std::filesystem::path>& roots);

// To be used only when no error was complained of.
Recipe read_recipe(const RecipeFile& file, Complaints& complaints);

}  // namespace nightreel
