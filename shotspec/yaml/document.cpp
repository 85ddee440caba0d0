#include "shotspec/yaml/document.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/utf8.h"
#include "shotspec/yaml/text_encoding.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// The file's text; nothing after a complaint at `place`.
std::optional<std::string> read_document_text(const fs::path& path,
                                              const Place& place,
                                              Complaints& complaints) {
    const std::string problem =
        path.empty() ? "is empty; expected the name of a file" : file_problem(path);
    if (!problem.empty()) {
        complaints.add(place, {}, fmt::format("{}: {}", path.string(), problem));
        return {};
    }
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(path, error);
    if (!error && bytes > document_bytes_max) {
        complaints.add(place,
                       {},
                       fmt::format("{}: the file has {} bytes: the limit is {}",
                                   path.string(),
                                   bytes,
                                   document_bytes_max));
        return {};
    }
    try {
        return read_file(path);
    } catch (const Error& failure) {
        complaints.add(place, {}, failure.what());
        return {};
    }
}

bool is_variable_name(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    if (name.empty() || !is_letter(name.front())) return false;
    return std::all_of(
        name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_clean_text(std::string_view text) {
    while (!text.empty()) {
        const std::size_t bytes = utf8_sequence_bytes(text);
        const auto lead = static_cast<unsigned char>(text.front());
        if (bytes == 0 || lead < 0x20 || lead == 0x7F) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

// Puts the values of variables into the scalars of a tree.
class VariableWriter {
  public:
    VariableWriter(const VariableLookup& variable, Complaints& complaints)
        : variable_(variable), complaints_(complaints) {}

    void write(YamlNode& node) {
        if (node.scalar.find("${") != std::string::npos) {
            node.scalar = written(node);
            // Between braces YAML wants "${COUNT}" in quotes, and it may stand for a number.
            node.quoted = false;
        }
        for (YamlNode& item : node.items) write(item);
        for (YamlEntry& entry : node.entries) write(entry.value);
    }

  private:
    std::string written(const YamlNode& node) {
        const std::string& text = node.scalar;
        std::string result;
        std::size_t at = 0;
        while (at < text.size()) {
            const std::size_t open = text.find("${", at);
            if (open == std::string::npos) break;
            if (open > at && text[open - 1] == '$') {
                result.append(text, at, open - 1 - at).append("${");
                at = open + 2;
                continue;
            }
            result.append(text, at, open - at);
            const std::size_t close = text.find('}', open);
            const std::string name =
                close == std::string::npos ? "" : text.substr(open + 2, close - open - 2);
            if (!is_variable_name(name)) {
                complaints_.add(node.place,
                                {},
                                "${ begins a variable, such as ${SHOW}; write $${ for the "
                                "characters themselves");
                return result;
            }
            result += value_of(name, node.place);
            at = close + 1;
        }
        return result.append(text, std::min(at, text.size()));
    }

    std::string value_of(const std::string& name, const Place& place) {
        const auto value = variable_ ? variable_(name) : std::nullopt;
        if (!value) {
            complaints_.add(place, {}, fmt::format("the environment variable {} is not set", name));
            return {};
        }
        if (!is_clean_text(*value)) {
            complaints_.add(
                place,
                {},
                fmt::format("the environment variable {} is not one line of UTF-8", name));
            return {};
        }
        return *value;
    }

    const VariableLookup& variable_;
    Complaints& complaints_;
};

// What `node` does not say yet is taken from `under`.
void put_under(YamlNode& node, YamlNode under, int levels) {
    if (node.kind == YamlNode::Kind::list && under.kind == YamlNode::Kind::list) {
        std::move(node.items.begin(), node.items.end(), std::back_inserter(under.items));
        node.items = std::move(under.items);
        return;
    }
    const bool both_maps = node.kind == YamlNode::Kind::map && under.kind == YamlNode::Kind::map;
    if (!both_maps || levels == 0) return;
    for (YamlEntry& entry : under.entries) {
        const auto mine = std::find_if(node.entries.begin(),
                                       node.entries.end(),
                                       [&](const YamlEntry& e) { return e.key == entry.key; });
        if (mine == node.entries.end()) {
            node.entries.push_back(std::move(entry));
        } else {
            put_under(mine->value, std::move(entry.value), levels - 1);
        }
    }
}

bool says_the_same(const YamlNode& a, const YamlNode& b) {
    const auto same_entry = [](const YamlEntry& one, const YamlEntry& other) {
        return one.key == other.key && says_the_same(one.value, other.value);
    };
    return a.kind == b.kind && a.scalar == b.scalar &&
           std::ranges::equal(a.items, b.items, says_the_same) &&
           std::ranges::equal(a.entries, b.entries, same_entry);
}

// A pipe of a shell (/dev/fd/63) has no such path: it is its own.
fs::path canonical_of(const fs::path& path) {
    std::error_code why;
    fs::path canonical = fs::weakly_canonical(path, why);
    return why ? path : canonical;
}

// One document with all that it includes.
class Loader {
  public:
    Loader(const VariableLookup& variable, Complaints& complaints)
        : variable_(variable), complaints_(complaints) {}

    YamlNode load_text(const fs::path& path, std::string_view text, std::uint32_t file) {
        YamlNode root = parse_yaml(text, file, complaints_);
        VariableWriter(variable_, complaints_).write(root);
        if (root.kind != YamlNode::Kind::map) return root;
        chain_.push_back(canonical_of(path));
        files_read_.insert(chain_.back());
        // From the last to the first, each below all that came before: later files win.
        std::vector<YamlNode> included = load_includes(root, path.parent_path());
        for (auto under = included.rbegin(); under != included.rend(); ++under) {
            for (const char* register_key : {"characters", "styles"}) {
                warn_of_changes(register_key, root, *under);
            }
            put_under(root, std::move(*under), levels_joined);
        }
        chain_.pop_back();
        return root;
    }

  private:
    // The document's own keys, and the keys of `defaults:` and `characters:`.
    static constexpr int levels_joined = 2;

    // What all nights of a show have in common is rarely meant to be another thing in one of them.
    void warn_of_changes(const std::string& key, const YamlNode& root, const YamlNode& under) {
        const YamlNode* const mine = root.find(key);
        const YamlNode* const theirs = under.find(key);
        if (mine == nullptr || theirs == nullptr) return;
        for (const YamlEntry& entry : mine->entries) {
            const YamlNode* const other = theirs->find(entry.key);
            if (other == nullptr || says_the_same(entry.value, *other)) continue;
            complaints_.warn(
                entry.place,
                fmt::format("{}.{}", key, entry.key),
                fmt::format("differs from that of {} line {}, which is ignored; use another name, "
                            "or remove it here",
                            complaints_.files()[other->place.file],
                            other->place.line));
        }
    }

    std::vector<YamlNode> load_includes(const YamlNode& root, const fs::path& folder) {
        std::vector<YamlNode> included;
        const YamlNode* list = root.find("include");
        if (list == nullptr || list->kind != YamlNode::Kind::list) return included;
        for (const YamlNode& item : list->items) {
            if (item.kind != YamlNode::Kind::scalar) continue;  // the reader complains of it
            YamlNode node = load_include(folder / item.scalar, item.place);
            if (node.kind == YamlNode::Kind::map) included.push_back(std::move(node));
        }
        return included;
    }

    YamlNode load_include(const fs::path& path, const Place& place) {
        const fs::path canonical = canonical_of(path);
        const auto cycle = std::find(chain_.begin(), chain_.end(), canonical);
        if (cycle != chain_.end()) {
            std::string round;
            for (auto at = cycle; at != chain_.end(); ++at) {
                round += at->filename().string() + " -> ";
            }
            complaints_.add(
                place,
                "include",
                fmt::format("{}{}: a file includes itself", round, canonical.filename().string()));
            return {};
        }
        if (chain_.size() > include_depth_max || files_read_.size() > include_files_max) {
            complaints_.add(place,
                            "include",
                            fmt::format("includes are limited to {} files deep and {} in all",
                                        include_depth_max,
                                        include_files_max));
            return {};
        }
        if (files_read_.contains(canonical)) return {};
        const auto text = read_document_text(path, place, complaints_);
        if (!text) return {};
        YamlNode node = load_text(path, *text, complaints_.add_file(path.string()));
        std::erase_if(node.entries, [](const YamlEntry& entry) { return entry.key == "include"; });
        return node;
    }

    const VariableLookup& variable_;
    Complaints& complaints_;
    std::vector<fs::path> chain_;
    std::set<fs::path> files_read_;
};

std::optional<std::string> source_text(const DocumentSource& source,
                                       const Place& place,
                                       Complaints& complaints) {
    return source.text ? source.text : read_document_text(source.path, place, complaints);
}

void complain_if_empty(const YamlNode& root, std::uint32_t file, Complaints& complaints) {
    if (root.kind == YamlNode::Kind::nothing && !complaints.has_errors()) {
        complaints.add(Place{file}, {}, "the file is empty");
    }
}

}  // namespace

std::optional<std::string> environment_variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return {};
    return value;
}

YamlNode load_document(const DocumentSource& source, Complaints& complaints) {
    const std::uint32_t file = complaints.add_file(source.path.string());
    const auto text = source_text(source, Place{file}, complaints);
    if (!text) return {};
    YamlNode root = Loader(source.variable, complaints).load_text(source.path, *text, file);
    complain_if_empty(root, file, complaints);
    return root;
}

YamlNode load_single_document(const DocumentSource& source,
                              Complaints& complaints,
                              const std::function<void(YamlNode& root)>& prepare) {
    const std::uint32_t file = complaints.add_file(source.path.string());
    const auto text = source_text(source, Place{file}, complaints);
    if (!text) return {};
    YamlNode root = parse_yaml(*text, file, complaints);
    if (prepare) prepare(root);
    VariableWriter(source.variable, complaints).write(root);
    complain_if_empty(root, file, complaints);
    return root;
}

}  // namespace nightreel
