#pragma once
// What a model will need in memory for a clip, told from its files before anything is rendered: by
// the formula that the engine goes by. One thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "pipeline/plan/task_memory.h"
#include "shotspec/card/model_card.h"

namespace nightreel::cli {

struct ClipAsked {
    std::optional<PictureSize> size;     // none: the first that the model makes
    std::optional<std::int64_t> frames;  // none: the model's usual segment
};

struct ModelMemory {
    PictureSize size;
    std::int64_t frames = 0;
    TaskMemory encode;
    TaskMemory sample;
    TaskMemory decode;
};

// Of a whole model. Error{usage} when it has no such size.
ModelMemory memory_of_model(const std::filesystem::path& folder,
                            const std::optional<ModelCard>& card,
                            const ClipAsked& asked);

// Lines for people, and an object for programs.
std::string text_of(const ModelMemory& memory);
nlohmann::json json_of(const ModelMemory& memory);

}  // namespace nightreel::cli
