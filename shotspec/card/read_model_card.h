#pragma once
// Model folders: finding them and reading their cards. Weights are looked at only as far as being
// there, so this is quick; `nightreel models check` compares digests. One thread.

#include <filesystem>
#include <string>
#include <vector>

#include "shotspec/card/model_card.h"
#include "shotspec/yaml/diagnostic.h"
#include "shotspec/yaml/document.h"

namespace nightreel {

inline constexpr std::string_view model_card_file = "model.yaml";

// A folder with a card in it; its name is the model's.
struct InstalledModel {
    std::string name;
    std::filesystem::path path;
};

// The model folders of `roots`, by name; of two with one name that of the earlier root. Roots that
// are not there hold none.
std::vector<InstalledModel> find_models(const std::vector<std::filesystem::path>& roots);

// The folders named by NIGHTREEL_MODELS (separated by ':'), then `built_in`.
std::vector<std::filesystem::path> model_roots(const VariableLookup& variable,
                                               const std::vector<std::filesystem::path>& built_in);

// The card is to be used only when no error was complained of.
ModelCard read_model_card(const InstalledModel& folder, Complaints& complaints);

// Throws Error{bad_input} with every complaint when one is an error; `check` shows warnings.
ModelCard read_model_card(const std::filesystem::path& folder);

}  // namespace nightreel
