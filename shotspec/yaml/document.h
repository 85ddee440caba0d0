#pragma once
// A YAML document with what it leans on outside itself: `include:` files and ${VARIABLES}, both
// resolved before any field is read, positions kept. Reads files; one thread.
//
// ${NAME} in a value stands for the variable NAME; $${NAME} stands for the text ${NAME} itself. A
// `$` that no brace follows is nothing special.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shotspec/yaml/diagnostic.h"
#include "shotspec/yaml/yaml_tree.h"

namespace nightreel {

inline constexpr std::size_t include_depth_max = 8;
inline constexpr std::size_t include_files_max = 64;

// The value of an environment variable, or nothing.
using VariableLookup = std::function<std::optional<std::string>(const std::string& name)>;

// The process's own environment.
std::optional<std::string> environment_variable(const std::string& name);

struct DocumentSource {
    std::filesystem::path path;       // also what relative includes are relative to
    std::optional<std::string> text;  // instead of the file's content
    VariableLookup variable;
};

// The tree of the document and of what it includes: keys of the including file win; below them,
// maps (`defaults`, `characters`) are joined key by key and lists (`shots`) are put one after the
// other, included ones first. A file that is reached on two ways is read once.
YamlNode load_document(const DocumentSource& source, Complaints& complaints);

// Without includes: `${}` alone is resolved. `prepare` may take parts out of the tree before that:
// their variables need not be set.
YamlNode load_single_document(const DocumentSource& source,
                              Complaints& complaints,
                              const std::function<void(YamlNode& root)>& prepare = {});

}  // namespace nightreel
