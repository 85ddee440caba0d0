#include "shotspec/resolve/resolve.h"

#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "shotspec/card/long_takes.h"
#include "shotspec/card/read_model_card.h"
#include "shotspec/describe/canonical_text.h"
#include "shotspec/night/prompt.h"
#include "shotspec/resolve/edit.h"
#include "shotspec/resolve/edit_verb.h"
#include "shotspec/resolve/outputs.h"
#include "shotspec/resolve/prompt_slips.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// Cards, each read when the first shot names it.
class ModelShelf {
  public:
    ModelShelf(const std::vector<fs::path>& roots, NightDocument& document)
        : roots_(roots), folders_(find_models(roots)), document_(document) {}

    // The card, or nothing after a complaint at `path`.
    const ModelCard* find(const std::string& name, const std::string& path) {
        const auto known = cards_.find(name);
        if (known != cards_.end()) return known->second ? &*known->second : nullptr;
        for (const InstalledModel& folder : folders_) {
            if (folder.name != name) continue;
            Complaints found;
            ModelCard card = read_model_card(folder, found);
            auto& kept = cards_[name];
            if (!found.has_errors()) kept = std::move(card);
            document_.complaints.append(found);
            return kept ? &*kept : nullptr;
        }
        complain_of_unknown(name, path);
        return nullptr;
    }

    // "toybox and wan": what can be chosen from.
    std::string names() const {
        std::vector<std::string> names;
        for (const InstalledModel& folder : folders_) names.push_back(folder.name);
        if (!names.empty()) return "there is " + listed(names);
        std::vector<std::string> places;
        for (const fs::path& root : roots_) places.push_back(root.string());
        return places.empty() ? "no folder of models is known; set NIGHTREEL_MODELS"
                              : "there is none in " + listed(places);
    }

    // Those that make long takes, with their strategies; of those whose cards can be read.
    std::vector<std::string> continuing() const {
        std::vector<std::string> names;
        for (const InstalledModel& folder : folders_) {
            Complaints found;
            const ModelCard card = read_model_card(folder, found);
            if (found.has_errors()) continue;
            const std::string strategies = strategies_text(card);
            if (strategies.empty()) continue;
            names.push_back(fmt::format("{}: {}", folder.name, strategies));
        }
        return names;
    }

    // Those that can do an operation on clips; likewise.
    std::vector<std::string> able_to(EditVerb verb) const {
        std::vector<std::string> names;
        for (const InstalledModel& folder : folders_) {
            Complaints found;
            const ModelCard card = read_model_card(folder, found);
            if (found.has_errors()) continue;
            if (can_do(card, verb)) names.push_back(folder.name);
        }
        return names;
    }

    // Those that take so many reference pictures; likewise.
    std::vector<std::string> holding(std::size_t pictures) const {
        std::vector<std::string> names;
        for (const InstalledModel& folder : folders_) {
            Complaints found;
            const ModelCard card = read_model_card(folder, found);
            if (found.has_errors()) continue;
            if (static_cast<std::size_t>(card.references_max) >= pictures) {
                names.push_back(folder.name);
            }
        }
        return names;
    }

    std::vector<ModelCard> used() const {
        std::vector<ModelCard> cards;
        for (const auto& [name, card] : cards_) {
            if (card) cards.push_back(*card);
        }
        return cards;
    }

  private:
    void complain_of_unknown(const std::string& name, const std::string& path) {
        const auto complain = [&](std::string message) {
            document_.complaints.add(document_.places.of(path), path, std::move(message));
        };
        if (name.empty()) return complain("expected the name of a model; " + names());
        for (const fs::path& root : roots_) {
            std::error_code ignored;
            if (name.find('/') != std::string::npos || !fs::is_directory(root / name, ignored)) {
                continue;
            }
            return complain(
                fmt::format("{} has no model.yaml, so it cannot be used: run "
                            "`nightreel models import` on it",
                            (root / name).string()));
        }
        std::vector<std::string> known;
        for (const InstalledModel& folder : folders_) known.push_back(folder.name);
        const std::string guess = did_you_mean(name, known);
        complain(fmt::format(
            "no model {} is installed{}", name, guess.empty() ? "; " + names() : guess));
    }

    const std::vector<fs::path>& roots_;
    std::vector<InstalledModel> folders_;
    NightDocument& document_;
    std::map<std::string, std::optional<ModelCard>> cards_;
};

// What prompts of characters stand for, their pictures and their LoRAs.
Characters resolve_characters(NightDocument& document, LoraShelf& loras, PictureShelf& shelf) {
    Characters characters;
    const std::map<std::string, std::string> nobody;
    for (const auto& [name, sheet] : document.night.characters) {
        const std::string path = "characters." + name;
        const WrittenPrompt prompt = write_out_prompt(sheet.prompt, nobody);
        if (document.places.is_right(path + ".prompt")) {
            const std::string_view in_character =
                " (in a character's own prompt no other is named)";
            for (const std::string& problem : prompt.problems) {
                document.complaints.add(
                    document.places.of(path + ".prompt"),
                    path + ".prompt",
                    fmt::format("{}{}", problem, problem.starts_with("{") ? in_character : ""));
            }
        }
        characters.prompts[name] = prompt.text;
        characters.negatives[name] = joined_blanks(sheet.negative.value_or(""));
        characters.loras[name] = loras.resolve(sheet.loras, path + ".loras");
        auto& pictures = characters.pictures[name];
        for (std::size_t i = 0; i < sheet.references.size(); ++i) {
            const std::string item = fmt::format("{}.references[{}]", path, i);
            if (!document.places.is_right(item)) continue;
            // White is also what VACE puts around a reference.
            pictures.push_back(shelf.find(sheet.references[i], item, PictureGround::white));
        }
    }
    return characters;
}

}  // namespace

ResolvedNight resolve(NightDocument& document,
                      const std::vector<fs::path>& model_roots,
                      const std::vector<fs::path>& recipe_roots,
                      const GivenFileReaders& files) {
    ResolvedNight night;
    night.show = document.night.show;
    if (!document.complaints.files().empty()) night.source = document.complaints.files().front();
    LoraShelf loras(document, files.digest);
    PictureShelf pictures(document);
    const Characters characters = resolve_characters(document, loras, pictures);
    const Styles styles = resolve_styles(document, loras);
    RecipeShelf recipes(recipe_roots, document);
    ModelShelf models(model_roots, document);
    const ShotMeans means{files.clips,
                          [&](EditVerb verb) { return models.able_to(verb); },
                          [&](std::size_t count) { return models.holding(count); }};
    for (std::size_t i = 0; i < document.night.shots.size(); ++i) {
        const ShotSettingsReader settings(document, i);
        const auto name = settings.get("model", &ShotSettings::model);
        const ModelCard* card = nullptr;
        if (name.value) {
            card = models.find(*name.value, name.path);
        } else if (!settings.is_written(name.path)) {
            settings.complain(name.path, "is missing; " + models.names());
        }
        night.shots.push_back(resolve_shot(
            settings,
            characters,
            styles,
            loras,
            pictures,
            recipes,
            card,
            [&] { return models.continuing(); },
            means));
    }
    warn_of_prompt_slips(document);
    check_outputs(document, night);
    night.models = models.used();
    std::string canonical = canonical_text(night);
    for (const ModelCard& card : night.models) canonical += card.digest.hex();
    night.digest = digest_of(canonical);
    return night;
}

}  // namespace nightreel
