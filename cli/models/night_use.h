#pragma once
// What a night file may write for a model, from its card: picture sizes, frame rate, lengths,
// references, first and last picture. Pure.

#include <string>

#include <nlohmann/json.hpp>

#include "shotspec/card/model_card.h"

namespace nightreel::cli {

// Lines for people, each ended, and an object for programs.
std::string night_use_text(const ModelCard& card);
nlohmann::json night_use_json(const ModelCard& card);

}  // namespace nightreel::cli
