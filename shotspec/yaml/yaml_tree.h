#pragma once
// A YAML document as a tree of texts that know where they were written. Everything that can be
// wrong with the text itself (encoding, tabs, syntax, size, depth, keys given twice) is found here,
// so that readers of fields see none of it. Plain values; one thread a parse.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shotspec/yaml/diagnostic.h"

namespace nightreel {

inline constexpr std::size_t document_bytes_max = 4 * 1024 * 1024;
inline constexpr std::size_t document_depth_max = 32;
inline constexpr std::size_t document_nodes_max = 400'000;  // after aliases are written out

struct YamlEntry;

struct YamlNode {
    enum class Kind { nothing, scalar, list, map };

    Kind kind = Kind::nothing;
    Place place;
    bool quoted = false;             // a scalar in quotes or a block is a text, never a number
    bool flow = false;               // a list or map between brackets
    char escape = 0;                 // the letter of the first \n, \t, ... in double quotes
    std::optional<Place> comment;    // of a '#' behind it, on its line; text may have been meant
    std::string scalar;              // kind scalar
    std::vector<YamlNode> items;     // kind list
    std::vector<YamlEntry> entries;  // kind map, in order; keys are unique

    const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
    std::string key;
    Place place;  // of the key
    YamlNode value;
};

// "a list", "a text", ... for messages.
std::string_view word_of(YamlNode::Kind kind);

// The tree of `text`; complaints go to `complaints` under the file index `file`. After a complaint
// about syntax or encoding the tree is empty (kind nothing); complaints about single keys leave the
// rest readable.
YamlNode parse_yaml(std::string_view text, std::uint32_t file, Complaints& complaints);

}  // namespace nightreel
