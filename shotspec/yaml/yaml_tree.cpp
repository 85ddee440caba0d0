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

#include "shotspec/base/utf8.h"
#include "shotspec/yaml/remedy.h"
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

// The source of the quoted text that begins at `at`, with its quotes; nothing when it never ends:
// the parser takes the end of the file for a closing quote.
std::optional<std::string_view> quoted_source(std::string_view text, std::size_t begin) {
    const char quote = text[begin];
    for (std::size_t at = begin + 1; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) {
                return text.substr(begin, at + 1 - begin);
            }
            ++at;  // a doubled single quote
        }
    }
    return {};
}

// The letter of the first escape that stands for a character nobody sees.
char invisible_escape(std::string_view source) {
    constexpr std::string_view letters = "0abtnvferNLP_";
    if (!source.starts_with('"')) return 0;
    for (std::size_t at = source.find('\\'); at < source.size() - 1;
         at = source.find('\\', at + 2)) {
        if (letters.find(source[at + 1]) != std::string_view::npos) return source[at + 1];
    }
    return 0;
}

bool is_white(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Where the plain scalar of this value ends in the source: the parser folds its blanks.
std::optional<std::size_t> end_of_plain(std::string_view text,
                                        std::size_t at,
                                        std::string_view value) {
    for (const char c : value) {
        if (is_white(c)) continue;
        while (at < text.size() && is_white(text[at])) ++at;
        if (at >= text.size() || text[at] != c) return {};
        ++at;
    }
    return at;
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
        // The last scalar was the key of this value that is not there; the parser tells the place
        // of what comes next.
        if (!open_.empty() && open_.back().entry) {
            node.comment = comment_behind(":");
            const Place& key = open_.back().entry->place;
            if (node.place.line != key.line) node.place = key;
        }
        finish(std::move(node), anchor, {1, 0});
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        last_ = place_of(mark);
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw ParseStopped{last_, "this alias stands inside the very thing it repeats"};
        }
        unused_anchors_.erase(anchor);
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
        if (!mark.is_null()) look_at_source(static_cast<std::size_t>(mark.pos), node);
        refuse_control_characters(node);
        if (anchor != 0 && !node.quoted) unused_anchors_[anchor] = {node.place, lost_in(mark)};
        finish(std::move(node), anchor, {nodes_of(value), 0});
    }

    // After the last event.
    void warn_of_unused_anchors() {
        for (const auto& [anchor, unused] : unused_anchors_) {
            complaints_.warn(unused.place,
                             {},
                             fmt::format("{} is an anchor, which is not part of the text and which "
                                         "nothing repeats; put text that begins with & in quotes",
                                         unused.name));
        }
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        open(YamlNode::Kind::list, mark, tag, anchor);
        open_.back().node.flow = style == YAML::EmitterStyle::Flow;
    }

    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        open(YamlNode::Kind::map, mark, tag, anchor);
        open_.back().node.flow = style == YAML::EmitterStyle::Flow;
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

    // An anchor that nothing has repeated yet.
    struct UnusedAnchor {
        Place place;
        std::string name;  // as it is written: "&quot;a"
    };

    // The anchor that stands at a mark.
    std::string lost_in(const YAML::Mark& mark) const {
        constexpr std::size_t shown_bytes_max = 40;
        const auto begin = static_cast<std::size_t>(std::max(mark.pos, 0));
        if (begin >= text_.size() || text_[begin] != '&') return "what & begins";
        const std::size_t end = std::min(text_.find_first_of(" \t\r\n", begin), text_.size());
        return utf8_head(text_.substr(begin, end - begin), shown_bytes_max);
    }

    // Written as escapes, which the look at the file's bytes does not see.
    void refuse_control_characters(const YamlNode& node) {
        for (const char c : node.scalar) {
            const auto byte = static_cast<unsigned char>(c);
            const bool is_control = byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
            if (!is_control && byte != 0x7F) continue;
            complaints_.add(
                node.place,
                {},
                fmt::format("an escape means the control character 0x{:02X}, which is not "
                            "allowed",
                            byte));
            return;
        }
    }

    // "shots[2].frames" for a key of the map that is read now.
    std::string path_of(const std::string& key) const {
        std::string path;
        for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
            const Open& around = open_[i];
            if (around.node.kind == YamlNode::Kind::list) {
                path += fmt::format("[{}]", around.node.items.size());
            } else if (around.entry) {
                path += (path.empty() ? "" : ".") + around.entry->key;
            }
        }
        return path.empty() ? key : path + "." + key;
    }

    void refuse_tag(const std::string& tag, const Place& place) {
        if (is_plain_tag(tag)) return;
        complaints_.add(place,
                        {},
                        "YAML tags (!...) are not used here; put text that begins with ! in "
                        "quotes");
    }

    // What the parser leaves out of a scalar: how it was quoted, and a comment that may be a part
    // of it. `begin` is where it begins in the source; one with an anchor begins at that.
    void look_at_source(std::size_t begin, YamlNode& node) {
        scalar_end_.reset();
        if (begin >= text_.size()) return;
        if (text_[begin] == '!') refuse_tag("!text", node.place);  // "! text" loses its "!"
        if (!node.quoted) {
            scalar_end_ = end_of_plain(text_, begin, node.scalar);
        } else if (text_[begin] == '"' || text_[begin] == '\'') {
            const auto source = quoted_source(text_, begin);
            if (!source) {
                throw ParseStopped{node.place, "the quoted text that begins here never ends"};
            }
            node.escape = invisible_escape(*source);
            scalar_end_ = begin + source->size();
        }
        if (!scalar_end_) return;
        const std::string_view source = text_.substr(begin, *scalar_end_ - begin);
        end_line_ = node.place.line + static_cast<std::int32_t>(std::ranges::count(source, '\n'));
        if (!node.quoted) node.comment = comment_behind({});
    }

    // A comment behind the last scalar and `mark`, on the same line.
    std::optional<Place> comment_behind(std::string_view mark) const {
        if (!scalar_end_) return {};
        std::size_t at = text_.find_first_not_of(" \t", *scalar_end_);
        if (at != std::string_view::npos && text_.substr(at).starts_with(mark)) {
            at = text_.find_first_not_of(" \t", at + mark.size());
        }
        if (at == std::string_view::npos || text_[at] != '#') return {};
        const std::size_t line_begin = text_.rfind('\n', at) + 1;  // npos + 1 is 0
        return Place{file_, end_line_, static_cast<std::int32_t>(at - line_begin) + 1};
    }

    void count(std::size_t nodes) {
        nodes_ += nodes;
        if (nodes_ > document_nodes_max) {
            throw ParseStopped{last_,
                               fmt::format("the document has more than {} values, "
                                           "aliases written out",
                                           document_nodes_max)};
        }
    }

    void refuse_depth(std::size_t more) const {
        if (open_.size() + more > document_depth_max) {
            throw ParseStopped{last_,
                               fmt::format("is nested deeper than {} levels", document_depth_max)};
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
        if (node.kind == YamlNode::Kind::scalar) {
            const auto problem = odd_space_problem(node.scalar);
            if (!problem) return node.scalar;
            complaints_.add(node.place, {}, *problem);
            return {};
        }
        complaints_.add(
            node.place, {}, fmt::format("expected a word as the key, not {}", word_of(node.kind)));
        return {};
    }

    void add_entry(Open& map) {
        YamlEntry entry = std::move(*map.entry);
        map.entry.reset();
        if (entry.key.empty()) return;
        const auto [first, fresh] = map.keys.emplace(entry.key, entry.place);
        if (!fresh) {
            complaints_.add(entry.place,
                            path_of(entry.key),
                            fmt::format("duplicate key, first on line {}", first->second.line));
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
    std::map<YAML::anchor_t, UnusedAnchor> unused_anchors_;  // of plain scalars
    std::size_t nodes_ = 0;
    std::optional<std::size_t> scalar_end_;  // of the last scalar in the source
    std::int32_t end_line_ = 1;              // where that is
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
        builder.warn_of_unused_anchors();
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
        const Place place = builder.place_of(error.mark);
        const auto remedy = yaml_remedy(text, place, error.msg);
        complaints.add(remedy ? remedy->place : place,
                       {},
                       remedy ? remedy->message : "is not valid YAML: " + error.msg);
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
        complaints.add(
            Place{file},
            {},
            fmt::format("the file has {} bytes: the limit is {}", text.size(), document_bytes_max));
        return {};
    }
    if (!check_encoding(text, file, complaints)) return {};
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    return build_tree(text, file, complaints);
}

}  // namespace nightreel
