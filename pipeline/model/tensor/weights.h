#pragma once
// The weights of one network, by their diffusers names whatever the layout of the files is. A
// network takes each tensor it has by name and shape; what is missing, of another shape or type, or
// left over is an error that names file and tensor. Values; one thread while tensors are taken.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/checkpoint/layout/stored_part.h"

namespace nightreel {

class Weights {
  public:
    // A folder or a file; see StoredPart.
    Weights(const std::filesystem::path& location, const std::string& stem)
        : part_(location, stem) {}

    bool contains(std::string_view name) const { return part_.contains(name); }

    // A view as it is stored (F32, BF16 or F16), of exactly this shape.
    at::Tensor take(const std::string& name, at::IntArrayRef shape);
    // The shape that is stored, to say which key of a configuration does not fit it.
    std::optional<std::vector<std::int64_t>> shape_of(std::string_view name) const;

    // How many consecutive numbers N, from 0, occur in names "PREFIX.N.".
    std::int64_t layers_of(std::string_view prefix) const { return part_.layers_of(prefix); }

    std::int64_t parameters() const { return part_.parameters(); }

    // Tensors whose name holds `word` are in some files and in no arithmetic.
    void ignore(std::string_view word);

    // Call when everything was taken: a tensor that nobody took is an error.
    void refuse_untaken() const;

    // The first tensor that holds an infinity or a NaN; reads everything.
    std::optional<std::string> first_not_finite() const;

    // Where the tensors lie, for whoever reads them ahead or gives their pages back.
    const StoredPart& stored() const { return part_; }

    // What errors name: the file, or the index.
    const std::filesystem::path& file() const { return part_.file(); }

    [[noreturn]] void refuse(const std::string& what) const { part_.refuse(what); }

  private:
    StoredPart part_;
    std::set<std::string, std::less<>> taken_;
};

}  // namespace nightreel
