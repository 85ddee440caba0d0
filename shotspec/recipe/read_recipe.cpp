#include "shotspec/recipe/read_recipe.h"

#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "shotspec/card/noise_levels.h"
#include "shotspec/yaml/document.h"
#include "shotspec/yaml/field_reader.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// What the description alone cannot say.
void check_recipe(Recipe& recipe, const Places& places, Complaints& complaints) {
    const auto complain = [&](const std::string& path, std::string message) {
        complaints.add(places.of(path), path, std::move(message));
    };
    const auto is_written = [&](std::string_view field) {
        return places.has(fmt::format("sampling.{}", field));
    };
    for (LevelProblem& problem : complete_levels(recipe.sampling, is_written)) {
        complain("sampling." + problem.field, std::move(problem.message));
    }
    if (recipe.families.empty()) complain("families", "is empty; name one at least");
    std::set<RecipeLoraName> names;
    for (std::size_t i = 0; i < recipe.loras.size(); ++i) {
        if (names.insert(recipe.loras[i].name).second) continue;
        complain(fmt::format("loras[{}].name", i),
                 fmt::format("a second LoRA named {}", word_of(recipe.loras[i].name)));
    }
    for (std::size_t i = 0; i < recipe.loras.size(); ++i) {
        if (recipe.loras[i].by_step && recipe.loras[i].by_step->empty()) {
            complain(fmt::format("loras[{}].by_step", i), "is empty; give a factor for each step");
        }
    }
}

}  // namespace

std::vector<RecipeFile> find_recipes(const std::vector<fs::path>& roots) {
    std::map<std::string, fs::path> found;
    for (const fs::path& root : roots) {
        std::error_code error;
        for (fs::directory_iterator at(root, error), end; !error && at != end;
             at.increment(error)) {
            const fs::path& path = at->path();
            const bool is_hidden = path.filename().string().starts_with('.');
            std::error_code no_file;
            if (is_hidden || path.extension() != ".yaml" || !fs::is_regular_file(path, no_file)) {
                continue;
            }
            found.emplace(path.stem().string(), path);
        }
    }
    std::vector<RecipeFile> files;
    for (const auto& [name, path] : found) files.push_back({name, path});
    return files;
}

Recipe read_recipe(const RecipeFile& file, Complaints& complaints) {
    Recipe recipe;
    recipe.name = file.name;
    recipe.path = file.path.string();
    Complaints found;
    const YamlNode root = load_single_document(DocumentSource{file.path, {}, {}}, found);
    Places places;
    if (root.kind != YamlNode::Kind::nothing &&
        is_read_version(root, "recipe", recipe_version, "recipes", found)) {
        ReadContext context{found, places};
        read_fields(root, recipe, context);
        if (!found.has_errors()) check_recipe(recipe, places, found);
    }
    complaints.append(found);
    return recipe;
}

}  // namespace nightreel
