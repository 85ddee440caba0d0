#pragma once
// What a night says of its shots as a whole: takes that are rendered again in final quality, and
// drafts that come before everything else (docs/takes.md). Both change the tree of the document
// before its fields are read, so that everything that is true of a shot is true of these too. Pure;
// one thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shotspec/describe/fields.h"
#include "shotspec/yaml/yaml_tree.h"

namespace nightreel {

struct PromotedShot {
    std::string shot;
    std::vector<std::uint64_t> seeds;
};

template <class Visitor>
void describe(PromotedShot& value, Visitor& field) {
    field("shot",
          value.shot,
          {.meaning = "Name of the shot.", .required = true, .example = "sq010_sh0010"});
    field("seeds",
          value.seeds,
          {.meaning = "Noise seeds of the takes, one per take.",
           .minimum = 0,
           .required = true,
           .example = "[0x9a3c51c07d2e8f44]"});
}

inline constexpr std::string_view preview_suffix = "_preview";

// With `promote`: takes the shots out that it does not name, and gives the others its seeds and
// final quality. Complains of names that no shot has.
void keep_promoted(YamlNode& root, Complaints& complaints);

// With `preview: true`, and without `promote`: puts a draft of each shot in final quality before
// all shots. Returns how many.
std::size_t add_previews(YamlNode& root);

}  // namespace nightreel
