#pragma once
// Files of a model that are not what their names say: placeholders, links to nothing, downloads
// that did not end, companions that desktops leave beside files. Looks at names and the first
// bytes; any thread.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace nightreel {

// What a desktop or a download tool keeps beside files: "._model.safetensors", ".DS_Store",
// "Thumbs.db". Never part of a model.
bool is_companion_file(std::string_view name);

// Whether an unfinished download goes by this name: "model.safetensors.part".
bool is_unfinished_download(std::string_view name);

// Why a file that is expected does not exist: a link to nothing, a download that did not end. A
// clause with the remedy; empty when nothing of it is there.
std::string absence_of(const std::filesystem::path& file);

// The same for weights that are expected in a folder under a name that is not known, with the name
// of what is there instead; empty when nothing there looks like weights.
std::string absence_of_weights(const std::filesystem::path& folder);

// Why the contents are no tensors at all: a Git LFS pointer, a web page, nothing. A clause with the
// remedy; empty when they may be.
std::string placeholder_in(std::span<const std::byte> file);

// Why a file is not whole although it has its name: a download that still has its journal beside
// it ("model.safetensors.aria2").
std::string journal_beside(const std::filesystem::path& file);

}  // namespace nightreel
