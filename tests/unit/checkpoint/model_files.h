#pragma once
// Small files of tensors for tests: zeros of given shapes under given names.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

// A folder of its own for one test, gone afterwards.
class ScratchFolder {
  public:
    explicit ScratchFolder(const std::string& name);
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

// Float32 zeros; the folder is made.
void write_zeros(const std::filesystem::path& file, const Shapes& shapes);

// Original names and shapes of a text-to-video transformer of `width`, a multiple of 128, with
// `layers` blocks.
Shapes original_transformer(std::int64_t width, std::int64_t layers, std::int64_t channels_in);

}  // namespace nightreel
