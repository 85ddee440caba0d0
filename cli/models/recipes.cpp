// recipes: how models are sampled in few steps, as published.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/describe/nearest_word.h"
#include "shotspec/recipe/read_recipe.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct RecipesAsked {
    std::string name;
    bool as_json = false;
};

std::vector<RecipeFile> installed(const Surroundings& surroundings) {
    const std::vector<fs::path> roots(surroundings.recipe_roots.begin(),
                                      surroundings.recipe_roots.end());
    return find_recipes(roots);
}

Recipe read_or_refuse(const RecipeFile& file) {
    Complaints found;
    Recipe recipe = read_recipe(file, found);
    if (!found.has_errors()) return recipe;
    throw Error(ErrorKind::bad_input, text_of(found.sorted()));
}

Json json_of(const Recipe& recipe) {
    Json json = Json::object();
    json["name"] = recipe.name;
    json["path"] = recipe.path;
    json.update(to_json_value(recipe));
    return json;
}

int list_recipes(const Surroundings& surroundings, const RecipesAsked& asked) {
    const std::vector<RecipeFile> files = installed(surroundings);
    if (asked.as_json) {
        Json list = Json::array();
        for (const RecipeFile& file : files) list.push_back(json_of(read_or_refuse(file)));
        answer("{}\n", list.dump(2));
        return 0;
    }
    std::size_t width = 0;
    for (const RecipeFile& file : files) width = std::max(width, file.name.size());
    for (const RecipeFile& file : files) {
        const Recipe recipe = read_or_refuse(file);
        answer("{:<{}}  {}: {}\n",
               recipe.name,
               width,
               fmt::join(recipe.families, ", "),
               recipe.meaning);
    }
    if (files.empty()) answer("no recipes; set NIGHTREEL_RECIPES to a folder of recipes\n");
    return 0;
}

// "solver: euler, schedule: uniform, steps: 4": what acts; neutral values are left out.
std::string settings_text(const SamplingSettings& sampling) {
    const Json neutral = to_json_value(SamplingSettings{});
    const Json settings = to_json_value(sampling);
    std::vector<std::string> texts;
    for (const auto& [name, value] : settings.items()) {
        const bool is_told = name == "solver" || name == "steps" || name == "guidance" ||
                             (name == "schedule" && !sampling.sigmas && !sampling.timesteps) ||
                             (name == "shift" && !sampling.sigmas);
        if (!is_told && value == neutral.at(name)) continue;
        if (!is_told && (name == "schedule" || name == "shift")) continue;
        texts.push_back(fmt::format(
            "{}: {}", name, value.is_string() ? value.get<std::string>() : value.dump()));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

void print_recipe(const Recipe& recipe) {
    answer("{}: {}\nfamilies: {}\nsampling: {}\n",
           recipe.name,
           recipe.meaning,
           fmt::join(recipe.families, ", "),
           settings_text(recipe.sampling));
    std::string use = recipe.name;
    std::string files;
    for (const RecipeLora& lora : recipe.loras) {
        answer("LoRA {}{}: strength {}\n",
               word_of(lora.name),
               lora.optional ? " (optional)" : "",
               lora.strength);
        for (const std::string& published : lora.published) answer("  {}\n", published);
        if (!lora.optional) files += fmt::format(", {}: FILE", word_of(lora.name));
    }
    if (!files.empty()) use = fmt::format("{{ name: {}{} }}", recipe.name, files);
    for (const std::string& checkpoint : recipe.checkpoints) {
        answer("distilled model: {}\n", checkpoint);
    }
    answer("source: {} at {}: {}\n",
           recipe.source.repository,
           recipe.source.commit,
           fmt::join(recipe.source.files, ", "));
    if (!recipe.remark.empty()) answer("remark: {}\n", recipe.remark);
    answer("in a night file: recipe: {}\n", use);
}

int show_recipe(const Surroundings& surroundings, const RecipesAsked& asked) {
    std::vector<std::string> names;
    for (const RecipeFile& file : installed(surroundings)) {
        names.push_back(file.name);
        if (file.name != asked.name) continue;
        const Recipe recipe = read_or_refuse(file);
        if (asked.as_json) {
            answer("{}\n", json_of(recipe).dump(2));
        } else {
            print_recipe(recipe);
        }
        return 0;
    }
    throw Error(ErrorKind::bad_input,
                fmt::format("no recipe {} is installed{}",
                            asked.name,
                            names.empty() ? "" : did_you_mean(asked.name, names)));
}

}  // namespace

Command recipes_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<RecipesAsked>();
    Command list{.name = "list",
                 .meaning = "list installed recipes",
                 .example = "nightreel recipes list",
                 .options = {json_option(asked->as_json)},
                 .run = [asked, &surroundings] { return list_recipes(surroundings, *asked); }};
    Command show{.name = "show",
                 .meaning = "show a recipe: settings, LoRA files, source",
                 .example = "nightreel recipes show fastwan2.1-t2v",
                 .options = {{.names = "recipe",
                              .target = &asked->name,
                              .meaning = "name of an installed recipe",
                              .value = "RECIPE",
                              .required = true},
                             json_option(asked->as_json)},
                 .run = [asked, &surroundings] { return show_recipe(surroundings, *asked); }};
    return {.name = "recipes",
            .meaning = "list and show recipes for sampling in few steps",
            .commands = {std::move(list), std::move(show)}};
}

}  // namespace nightreel::cli
