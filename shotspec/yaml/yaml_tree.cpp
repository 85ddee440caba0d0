#include "shotspec/yaml/yaml_tree.h"

#include <algorithm>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "shotspec/yaml/text_encoding.h"

namespace nightreel {
namespace {

// Reads from borrowed memory; std::istringstream would copy the document.
class TextBuffer final : public std::streambuf {
  public:
    explicit TextBuffer(std::string_view text) {
        char* const begin = const_cast<char*>(text.data());  // streambuf reads only, never writes
        setg(begin, begin, begin + text.size());
    }
};

// How much of document_nodes_max a scalar takes: long texts count as several values, so that
// repeating one by aliases is bounded as well.
std::size_t nodes_of(const std::string& scalar) {
    return 1 + scalar.size() / 32;
}

// Whether the quoted text that begins at `at` also ends; the parser takes the end of the file for
// a closing quote.
bool is_closed(std::string_view text, std::size_t at) {
    if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return true;
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            return true;  // a doubled one is followed by another, which closes as well
        }
    }
    return false;
}

// Ends a parse; the message has its place.
struct ParseStopped {
    Place place;
    std::string message;
};

bool is_plain_tag(const std::string& tag) {
    return tag.empty() || tag == "?" || tag == "!";
}

// Builds the tree from the parser's events.
class TreeBuilder final : public YAML::EventHandler {
  public:
    TreeBuilder(std::string_view text, std::uint32_t file, Complaints& complaints)
        : text_(text), file_(file), complaints_(complaints) {}

    YamlNode take_root() { return std::move(root_); }

    Place place_of(const YAML::Mark& mark) const {
        if (mark.is_null()) return last_;
        return Place{file_, mark.line + 1, mark.column + 1};
    }

    void OnDocumentStart(const YAML::Mark&) override {}

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        YamlNode node;
        node.place = place_of(mark);
        finish(std::move(node), anchor, {1, 0});
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        last_ = place_of(mark);
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw ParseStopped{last_, "this alias stands inside the very thing it repeats"};
        }
        finish(found->second.node, {}, found->second.extent);
    }

    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode node;
        node.kind = YamlNode::Kind::scalar;
        node.place = place_of(mark);
        node.quoted = tag == "!";
        node.scalar = value;
        refuse_tag(tag, node.place);
        if (node.quoted && !mark.is_null() &&
            !is_closed(text_, static_cast<std::size_t>(mark.pos))) {
            throw ParseStopped{node.place, "the quoted text that begins here never ends"};
        }
        finish(std::move(node), anchor, {nodes_of(value), 0});
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::list, mark, tag, anchor);
    }

    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::map, mark, tag, anchor);
    }

    void OnMapEnd() override { close(); }

  private:
    // Of a subtree, aliases written out.
    struct Extent {
        std::size_t nodes = 0;
        std::size_t depth = 0;
    };

    struct Open {
        YamlNode node;
        std::size_t depth = 0;  // of what it holds
        YAML::anchor_t anchor = 0;
        std::size_t nodes_before = 0;
        std::optional<YamlEntry> entry;  // a map's key that waits for its value
        std::unordered_map<std::string, Place> keys;
    };

    struct Anchored {
        YamlNode node;
        Extent extent;
    };

    void refuse_tag(const std::string& tag, const Place& place) {
        if (!is_plain_tag(tag)) complaints_.add(place, {}, "YAML tags (!...) are not used here");
    }

    void count(std::size_t nodes) {
        nodes_ += nodes;
        if (nodes_ > document_nodes_max) {
            throw ParseStopped{
                last_,
                fmt::format("the document has more than {} values (document_nodes_max), "
                            "aliases written out",
                            document_nodes_max)};
        }
    }

    void refuse_depth(std::size_t more) const {
        if (open_.size() + more > document_depth_max) {
            throw ParseStopped{last_,
                               fmt::format("is nested deeper than {} levels (document_depth_max)",
                                           document_depth_max)};
        }
    }

    void open(YamlNode::Kind kind,
              const YAML::Mark& mark,
              const std::string& tag,
              YAML::anchor_t anchor) {
        Open opened;
        opened.node.kind = kind;
        opened.node.place = last_ = place_of(mark);
        opened.anchor = anchor;
        opened.nodes_before = nodes_;
        refuse_tag(tag, last_);
        refuse_depth(1);
        count(1);
        open_.push_back(std::move(opened));
    }

    void close() {
        Open closed = std::move(open_.back());
        open_.pop_back();
        const Extent extent{nodes_ - closed.nodes_before, closed.depth + 1};
        put(std::move(closed.node), closed.anchor, extent);
    }

    void finish(YamlNode node, YAML::anchor_t anchor, Extent extent) {
        last_ = node.place;
        refuse_depth(extent.depth);
        count(extent.nodes);
        put(std::move(node), anchor, extent);
    }

    void put(YamlNode node, YAML::anchor_t anchor, Extent extent) {
        if (anchor != 0) anchors_[anchor] = {node, extent};
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        parent.depth = std::max(parent.depth, extent.depth);
        if (parent.node.kind == YamlNode::Kind::list) {
            parent.node.items.push_back(std::move(node));
            return;
        }
        if (!parent.entry) {
            parent.entry = YamlEntry{key_of(node), node.place, {}};
            return;
        }
        parent.entry->value = std::move(node);
        add_entry(parent);
    }

    std::string key_of(const YamlNode& node) {
        if (node.kind == YamlNode::Kind::scalar) return node.scalar;
        complaints_.add(node.place, {}, "a key has to be a word");
        return {};
    }

    void add_entry(Open& map) {
        YamlEntry entry = std::move(*map.entry);
        map.entry.reset();
        if (entry.key.empty()) return;
        const auto [first, fresh] = map.keys.emplace(entry.key, entry.place);
        if (!fresh) {
            complaints_.add(entry.place,
                            entry.key,
                            fmt::format("stands here twice; first in line {}", first->second.line));
            return;
        }
        map.node.entries.push_back(std::move(entry));
    }

    std::string_view text_;
    std::uint32_t file_;
    Complaints& complaints_;
    YamlNode root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t nodes_ = 0;
    Place last_{file_};
};

// The first document of the text; complains of a second.
YamlNode build_tree(std::string_view text, std::uint32_t file, Complaints& complaints) {
    TreeBuilder builder(text, file, complaints);
    try {
        TextBuffer buffer(text);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        if (!parser.HandleNextDocument(builder)) return {};
        YamlNode root = builder.take_root();
        TreeBuilder second(text, file, complaints);
        if (parser.HandleNextDocument(second)) {
            complaints.add(second.take_root().place,
                           {},
                           "a second document begins here; one file holds one document");
        }
        return root;
    } catch (const ParseStopped& stopped) {
        complaints.add(stopped.place, {}, stopped.message);
    } catch (const YAML::Exception& error) {
        complaints.add(
            builder.place_of(error.mark), {}, fmt::format("is not valid YAML: {}", error.msg));
    }
    return {};
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
    for (const YamlEntry& entry : entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

std::string_view word_of(YamlNode::Kind kind) {
    switch (kind) {
        case YamlNode::Kind::nothing:
            return "nothing";
        case YamlNode::Kind::scalar:
            return "a single value";
        case YamlNode::Kind::list:
            return "a list";
        case YamlNode::Kind::map:
            return "a map";
    }
    return "?";
}

YamlNode parse_yaml(std::string_view text, std::uint32_t file, Complaints& complaints) {
    if (text.size() > document_bytes_max) {
        complaints.add(Place{file},
                       {},
                       fmt::format("the file has {} bytes; at most {} are read "
                                   "(document_bytes_max)",
                                   text.size(),
                                   document_bytes_max));
        return {};
    }
    if (!check_encoding(text, file, complaints)) return {};
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    return build_tree(text, file, complaints);
}

}  // namespace nightreel
