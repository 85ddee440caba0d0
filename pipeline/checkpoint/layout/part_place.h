#pragma once
// Where one network of a model lies. A value.

#include <filesystem>
#include <string>
#include <utility>

namespace nightreel {

struct PartPlace {
    // A folder of a part or a file stands for itself.
    PartPlace() = default;

    // NOLINTNEXTLINE(google-explicit-constructor): most parts are a path and nothing else
    PartPlace(std::filesystem::path where) : path(std::move(where)) {}

    PartPlace(std::filesystem::path where, std::string all_names_begin_with)
        : path(std::move(where)), prefix(std::move(all_names_begin_with)) {}

    std::filesystem::path path;  // a folder, a file, the first of numbered shards or an index
    // Which of the networks in a file of several: what its tensors' names begin with, "vae.".
    std::string prefix;
    bool is_skyreels = false;  // a transformer of SkyReels-V2, which shapes do not tell from Wan's
    std::filesystem::path module;  // a file with further tensors of it; empty: none
};

}  // namespace nightreel
