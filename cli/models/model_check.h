#pragma once
// What is wrong with a model folder: headers, digests of its files, and what the engine finds when
// it opens the networks. For `nightreel models check` and `nightreel doctor`. One thread.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "cli/verbs.h"
#include "pipeline/checkpoint/layout/inspect_model.h"
#include "shotspec/card/model_card.h"

namespace nightreel::cli {

struct CheckedFile {
    std::string path;
    std::string fault;  // empty: as the card says
};

struct ModelCheck {
    InspectedModel model;             // faults of the engine stand with its parts
    std::string engine_not_asked;     // why the engine was not asked; empty when it was
    std::vector<CheckedFile> files;   // compared with the card; empty without a card
    std::uint64_t bytes_skipped = 0;  // of files that were too large to read for their digest

    bool files_are_same() const;

    bool is_well() const { return model.is_whole() && files_are_same(); }
};

// `card`: nothing when the folder has none. Digests are taken when the model's files have no more
// than `bytes_max` together.
ModelCheck check_model_folder(const Surroundings& surroundings,
                              const std::filesystem::path& folder,
                              const std::optional<ModelCard>& card,
                              std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max());

}  // namespace nightreel::cli
