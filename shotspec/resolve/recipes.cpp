#include "shotspec/resolve/recipes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "shotspec/describe/nearest_word.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A name of an installed recipe has neither.
bool is_path(const std::string& name) {
    return name.find('/') != std::string::npos || name.ends_with(".yaml");
}

// The LoRAs of one shot's recipe, against what the night gives.
class RecipeLoras {
  public:
    RecipeLoras(const ShotSettingsReader& settings,
                const Setting<RecipeAsked>& asked,
                const Recipe& recipe,
                LoraShelf& loras)
        : settings_(settings), asked_(asked), recipe_(recipe), loras_(loras) {}

    // False after a complaint.
    bool resolve(ShotRecipe& into) {
        for (const RecipeLoraName name :
             {RecipeLoraName::lora, RecipeLoraName::high, RecipeLoraName::low}) {
            const auto wanted = std::ranges::find(recipe_.loras, name, &RecipeLora::name);
            const std::optional<RecipeLoraAsked>& given = given_for(name);
            if (wanted == recipe_.loras.end()) {
                if (given) refuse_unused(name);
            } else if (given) {
                add(*wanted, *given, into);
            } else if (!wanted->optional) {
                ask_for(*wanted);
            }
        }
        return is_right_;
    }

  private:
    const std::optional<RecipeLoraAsked>& given_for(RecipeLoraName name) const {
        if (name == RecipeLoraName::lora) return asked_.value->lora;
        return name == RecipeLoraName::high ? asked_.value->high : asked_.value->low;
    }

    std::string path_of(RecipeLoraName name) const {
        return fmt::format("{}.{}", asked_.path, word_of(name));
    }

    void refuse_unused(RecipeLoraName name) {
        std::vector<std::string> names;
        for (const RecipeLora& lora : recipe_.loras) names.emplace_back(word_of(lora.name));
        settings_.complain(path_of(name),
                           fmt::format("{} has no LoRA of this name; {}",
                                       recipe_.name,
                                       names.empty() ? "its model is distilled: remove it"
                                                     : "it has " + listed(names)));
        is_right_ = false;
    }

    void ask_for(const RecipeLora& wanted) {
        std::string fields;
        for (const RecipeLora& lora : recipe_.loras) {
            if (!lora.optional) fields += fmt::format(", {}: FILE", word_of(lora.name));
        }
        settings_.complain(
            asked_.path,
            fmt::format("{} requires its LoRA `{}`; write recipe: {{ name: {}{} }}{}",
                        recipe_.name,
                        word_of(wanted.name),
                        asked_.value->name,
                        fields,
                        wanted.published.empty()
                            ? ""
                            : fmt::format(" (published as {})", listed(wanted.published, "or"))));
        is_right_ = false;
    }

    void add(const RecipeLora& wanted, const RecipeLoraAsked& given, ShotRecipe& into) {
        const double strength = given.strength.value_or(wanted.strength);
        LoraAsked lora{.file = given.file, .strength = strength, .by_step = wanted.by_step};
        if (wanted.name == RecipeLoraName::high) lora.low = 0;
        if (wanted.name == RecipeLoraName::low) lora.high = 0;
        auto found = loras_.find(lora, path_of(wanted.name));
        is_right_ = is_right_ && found.has_value();
        if (!found) return;
        into.loras.push_back(std::move(*found));
        if (strength == wanted.strength) return;
        into.changed.push_back(fmt::format(
            "strength of {}: {} instead of {}", word_of(wanted.name), strength, wanted.strength));
    }

    const ShotSettingsReader& settings_;
    const Setting<RecipeAsked>& asked_;
    const Recipe& recipe_;
    LoraShelf& loras_;
    bool is_right_ = true;
};

}  // namespace

const Recipe* RecipeShelf::find(const std::string& name, const std::string& path) {
    const Place place = document_.places.of(path);
    if (is_path(name)) {
        const fs::path written_in = document_.complaints.files()[place.file];
        const fs::path file = fs::absolute(written_in.parent_path() / name).lexically_normal();
        std::error_code error;
        if (fs::is_regular_file(file, error)) return read({file.stem().string(), file});
        document_.complaints.add(
            place, path, fmt::format("{}: there is no such recipe file", name));
        return nullptr;
    }
    std::vector<std::string> names;
    for (const RecipeFile& file : find_recipes(roots_)) {
        if (file.name == name) return read(file);
        names.push_back(file.name);
    }
    const std::string guess = did_you_mean(name, names);
    document_.complaints.add(
        place,
        path,
        fmt::format("no recipe {} is installed{}",
                    name.empty() ? "of that name" : name,
                    guess.empty() ? "; `nightreel recipes list` shows them" : guess));
    return nullptr;
}

const Recipe* RecipeShelf::read(const RecipeFile& file) {
    const auto [known, is_new] = recipes_.try_emplace(file.path.string());
    if (is_new) {
        Complaints found;
        Recipe recipe = read_recipe(file, found);
        if (!found.has_errors()) known->second = std::move(recipe);
        document_.complaints.append(found);
    }
    return known->second ? &*known->second : nullptr;
}

std::string RecipeShelf::names_for(const std::string& family) {
    std::vector<std::string> names;
    for (const RecipeFile& file : find_recipes(roots_)) {
        Complaints ignored;  // of recipes that nobody asked for
        const Recipe recipe = read_recipe(file, ignored);
        if (ignored.has_errors()) continue;
        if (std::ranges::find(recipe.families, family) != recipe.families.end()) {
            names.push_back(file.name);
        }
    }
    return names.empty() ? std::string() : listed(names, "or");
}

ShotRecipe resolve_recipe(const ShotSettingsReader& settings,
                          const ModelCard& card,
                          RecipeShelf& recipes,
                          LoraShelf& loras) {
    ShotRecipe shot;
    const auto asked = settings.get("recipe", &ShotSettings::recipe);
    if (!asked.value || asked.value->name == no_recipe) return shot;
    const std::string name_path = asked.path + ".name";
    const std::string& path = settings.is_written(name_path) ? name_path : asked.path;
    if (asked.value->name.empty() && !settings.is_right(path)) return shot;  // complained of
    const Recipe* const recipe = recipes.find(asked.value->name, path);
    if (recipe == nullptr) return shot;
    if (std::ranges::find(recipe->families, card.family) == recipe->families.end()) {
        const std::string others = recipes.names_for(card.family);
        settings.complain(
            path,
            fmt::format("{} is for models of the family {}; {} is {}: {}",
                        recipe->name,
                        listed(recipe->families, "or"),
                        card.name,
                        card.family,
                        others.empty() ? "there is no recipe for it; write recipe: none"
                                       : fmt::format("use {}, or recipe: none", others)));
        return shot;
    }
    if (RecipeLoras(settings, asked, *recipe, loras).resolve(shot)) shot.recipe = recipe;
    return shot;
}

}  // namespace nightreel
