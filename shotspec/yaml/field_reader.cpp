#include "shotspec/yaml/field_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include <fmt/ranges.h>

#include "shotspec/yaml/remedy.h"

namespace nightreel {

Place Places::of(std::string_view path) const {
    while (!path.empty()) {
        const auto found = places_.find(std::string(path));
        if (found != places_.end()) return found->second;
        const std::size_t end = path.find_last_of(".[");
        path = path.substr(0, end == std::string_view::npos ? 0 : end);
    }
    const auto root = places_.find("");
    return root == places_.end() ? Place{} : root->second;
}

namespace fields_yaml {
namespace {

// As it stands in messages: short, on one line.
std::string shown(const YamlNode& node) {
    constexpr std::size_t shown_bytes_max = 40;
    if (node.kind == YamlNode::Kind::nothing) return "an empty value";
    if (node.kind != YamlNode::Kind::scalar) return std::string(word_of(node.kind));
    if (node.scalar.empty()) return "an empty text";
    const bool is_long =
        node.scalar.size() > shown_bytes_max || node.scalar.find('\n') != std::string::npos;
    if (is_long) return "a long text";
    return node.quoted ? fmt::format("\"{}\"", node.scalar) : node.scalar;
}

bool is_plain_scalar(const YamlNode& node) {
    return node.kind == YamlNode::Kind::scalar && !node.quoted;
}

std::string limit_text(const FieldInfo& info) {
    if (info.minimum && info.maximum) {
        return fmt::format("expected {} to {}", *info.minimum, *info.maximum);
    }
    if (info.minimum) return fmt::format("expected at least {}", *info.minimum);
    return fmt::format("expected at most {}", info.maximum.value_or(0));
}

// What the document's format made of it that nobody meant; begins with "; ".
std::string slip_in(const YamlNode& node) {
    const bool is_nothing = node.kind == YamlNode::Kind::nothing;
    if (is_nothing && node.comment) return "; put text that begins with # in quotes";
    if (node.kind == YamlNode::Kind::scalar && is_in_typographic_quotes(node.scalar)) {
        return fmt::format("; {}", typographic_quotes_remedy);
    }
    return {};
}

// The same of a key that nothing knows.
std::string slip_in_key(const YamlNode& map, const YamlEntry& entry) {
    const bool is_alone = entry.value.kind == YamlNode::Kind::nothing;
    if (!is_alone) return {};
    if (entry.key.find(':') != std::string::npos) return "; a space is missing behind ':'";
    if (!map.flow) return {};
    return "; a comma ends a value between { and }: put text with commas in quotes";
}

// What the reader took as it stands, although something else was meant.
void look_for_slips(const Spot& spot) {
    const YamlNode& node = spot.node;
    if (spot.is_prose && node.comment) {
        spot.context.complaints.warn(*node.comment,
                                     spot.path,
                                     "\" #\" begins a comment, which is not part of the text; put "
                                     "the text in quotes");
    }
    if (!spot.is_prose && node.escape != 0) {
        spot.complain(fmt::format("has \\{} in it: {}", node.escape, backslash_remedy));
    }
    if (!node.quoted && is_in_typographic_quotes(node.scalar)) {
        spot.warn(std::string(typographic_quotes_remedy));
    }
}

}  // namespace

bool Spot::refuse(std::string_view expected) const {
    complain(fmt::format("expected {}, not {}{}", expected, shown(node), slip_in(node)));
    return false;
}

std::string listed_names(const std::vector<std::string>& names) {
    return fmt::format("[{}]", fmt::join(names, ", "));
}

bool is_within(const Spot& spot, double value) {
    const bool below = spot.info.minimum && value < *spot.info.minimum;
    const bool above = spot.info.maximum && value > *spot.info.maximum;
    if (!below && !above) return true;
    spot.complain(fmt::format(
        "{} is too {}: {}", spot.node.scalar, below ? "small" : "large", limit_text(spot.info)));
    return false;
}

std::optional<bool> read_bool(const Spot& spot) {
    if (is_plain_scalar(spot.node)) {
        if (spot.node.scalar == "true") return true;
        if (spot.node.scalar == "false") return false;
    }
    spot.refuse("true or false");
    return {};
}

std::optional<double> read_number(const Spot& spot) {
    const std::string& text = spot.node.scalar;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole_text = end == text.data() + text.size();
    const bool is_number = is_plain_scalar(spot.node) && whole_text && error == std::errc();
    if (!is_number || !std::isfinite(value)) {
        spot.refuse("a number");
        return {};
    }
    if (!is_within(spot, value)) return {};
    return value;
}

std::optional<std::string> read_text(const Spot& spot) {
    if (spot.node.kind == YamlNode::Kind::scalar) {
        look_for_slips(spot);
        return spot.node.scalar;
    }
    if (spot.node.flow) {
        spot.complain(fmt::format("expected a text, not {}; put text that begins with {} in quotes",
                                  word_of(spot.node.kind),
                                  spot.node.kind == YamlNode::Kind::map ? '{' : '['));
        return {};
    }
    spot.refuse("a text");
    return {};
}

std::optional<std::uint64_t> read_integer(const Spot& spot, IntegerLimits limits) {
    const std::string& text = spot.node.scalar;
    const bool negative = text.starts_with('-');
    const bool is_hexadecimal = text.starts_with("0x");
    std::uint64_t size = 0;
    const char* const begin = text.data() + (is_hexadecimal ? 2 : negative ? 1 : 0);
    const auto [end, error] =
        std::from_chars(begin, text.data() + text.size(), size, is_hexadecimal ? 16 : 10);
    const bool is_integer = is_plain_scalar(spot.node) && error != std::errc::invalid_argument &&
                            end == text.data() + text.size();
    if (!is_integer) {
        spot.refuse("a whole number");
        return {};
    }
    // -least, without overflow for the most negative one
    const std::uint64_t size_below_zero_max =
        limits.least < 0 ? static_cast<std::uint64_t>(-(limits.least + 1)) + 1 : 0;
    const std::uint64_t size_max = negative ? size_below_zero_max : limits.most;
    if (error == std::errc::result_out_of_range || size > size_max) {
        FieldInfo limited = spot.info;
        if (!limited.minimum) limited.minimum = static_cast<double>(limits.least);
        const std::string most =
            limited.maximum ? fmt::format("{}", *limited.maximum) : fmt::format("{}", limits.most);
        spot.complain(
            fmt::format("{} is out of range: expected {} to {}", text, *limited.minimum, most));
        return {};
    }
    const double value = static_cast<double>(size) * (negative ? -1 : 1);
    if (!is_within(spot, value)) return {};
    return negative ? std::uint64_t{0} - size : size;
}

std::string inner_path(const std::string& outer, std::string_view name) {
    return outer.empty() ? std::string(name) : fmt::format("{}.{}", outer, name);
}

void refuse_unknown(const Spot& map, const MapFields& fields) {
    for (const YamlEntry& entry : map.node.entries) {
        const auto is_key = [&](const std::string& word) { return word == entry.key; };
        if (std::any_of(fields.known.begin(), fields.known.end(), is_key)) continue;
        const std::string path = inner_path(map.path, entry.key);
        Complaints& complaints = map.context.complaints;
        if (std::any_of(fields.later.begin(), fields.later.end(), is_key)) {
            complaints.add(entry.place, path, "is not in this version");
            continue;
        }
        if (entry.key == "<<") {
            complaints.add(entry.place, path, "merge keys are not read; use defaults: or include:");
            continue;
        }
        std::vector<std::string> words = fields.known;
        words.insert(words.end(), fields.later.begin(), fields.later.end());
        complaints.add(
            entry.place,
            path,
            fmt::format(
                "unknown key{}{}", did_you_mean(entry.key, words), slip_in_key(map.node, entry)));
    }
}

void refuse_missing(const Spot& map, const std::string& path, const FieldInfo& info) {
    const std::string example =
        info.example.empty() ? "" : fmt::format(", for example {}", info.example);
    map.context.places.mark_wrong(path);
    map.context.complaints.add(map.node.place, path, "is missing" + example);
}

void refuse_unless_one(const Spot& map, const std::vector<std::string>& words) {
    const YamlEntry* first = nullptr;
    for (const YamlEntry& entry : map.node.entries) {
        if (std::find(words.begin(), words.end(), entry.key) == words.end()) continue;
        if (first == nullptr) {
            first = &entry;
            continue;
        }
        map.context.complaints.add(entry.place,
                                   inner_path(map.path, entry.key),
                                   fmt::format("conflicts with {} on line {}: give only one of {}",
                                               first->key,
                                               first->place.line,
                                               listed(words)));
    }
    if (first == nullptr) {
        map.context.complaints.add(
            map.node.place, map.path, fmt::format("one of {} is required", listed(words, "or")));
    }
}

}  // namespace fields_yaml

bool is_read_version(const YamlNode& root,
                     std::string_view key,
                     std::int32_t version,
                     std::string_view format,
                     Complaints& complaints) {
    const YamlNode* const said = root.find(key);
    if (said == nullptr || said->kind != YamlNode::Kind::scalar) return true;
    const std::string& text = said->scalar;
    const bool is_number =
        !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
    if (!is_number || text == fmt::format("{}", version)) return true;
    complaints.add(
        said->place,
        key,
        fmt::format(
            "unsupported version {} of {}; this release reads version {}", text, format, version));
    return false;
}

}  // namespace nightreel
