#pragma once
// The networks and tokenizers in a folder of any shape, told from the files' contents. One thread.

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/checkpoint/layout/network_kinds.h"
#include "pipeline/checkpoint/layout/part_place.h"
#include "pipeline/checkpoint/layout/stored_part.h"

namespace nightreel {

struct ScannedNetwork {
    NetworkKind kind = NetworkKind::transformer;
    PartPlace place;
    StoredPart stored;
};

struct FileScan {
    std::vector<ScannedNetwork> networks;           // in the order of their files' names
    std::vector<std::filesystem::path> tokenizers;  // folders
    std::vector<std::string> unread;  // why a file was not read; each begins with the file
};

// Looks into folders below, but for hidden ones and other whole models (with a model_index.json).
// A pickle beside a safetensors file of its name is left out. Error{bad_input} when there are more
// files than any model has.
FileScan scan_folder(const std::filesystem::path& root);

// A file, of numbered shards the first.
FileScan scan_file(const std::filesystem::path& file);

// Whether a file's name says SkyReels: shapes do not tell its models from Wan 2.1.
bool is_called_skyreels(const std::filesystem::path& file);

// Which of two experts a file's name speaks of, or else its folder's: shapes do not tell. By whole
// words: "HighNoise", "HIGH", "low_noise".
enum class ExpertWord { none, high, low };
ExpertWord expert_word_of(const std::filesystem::path& file);

}  // namespace nightreel
