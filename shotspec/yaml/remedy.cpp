#include "shotspec/yaml/remedy.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/utf8.h"

namespace nightreel {
namespace {

constexpr std::string_view blanks = " \t";

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// The code point that a text in valid UTF-8 begins with.
std::uint32_t code_point(std::string_view text, std::size_t bytes) {
    const auto lead = static_cast<unsigned char>(text.front());
    std::uint32_t code = bytes == 1 ? lead : lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    return code;
}

bool is_odd_space(std::uint32_t code) {
    constexpr auto others =
        std::to_array<std::uint32_t>({0x85, 0xA0, 0x1680, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF});
    const bool wide_or_without_width = code >= 0x2000 && code <= 0x200D;
    const bool line_separator = code == 0x2028 || code == 0x2029;
    return wide_or_without_width || line_separator ||
           std::ranges::find(others, code) != others.end();
}

constexpr std::string_view full_width_colon = "\xEF\xBC\x9A";

// One line of the document, without its end.
struct Line {
    std::string_view text;
    std::int32_t number = 0;
};

std::vector<Line> lines_up_to(std::string_view text, std::int32_t last) {
    std::vector<Line> lines;
    std::int32_t number = 1;
    for (std::size_t at = 0; at <= text.size() && number <= last; ++number) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back({line, number});
        at = end + 1;
    }
    return lines;
}

// Behind the quoted text that begins at `at`; the line's end when it does not end there.
std::size_t end_of_quoted(std::string_view line, std::size_t at) {
    const char quote = line[at];
    for (++at; at < line.size(); ++at) {
        if (quote == '"' && line[at] == '\\') {
            ++at;
        } else if (line[at] == quote) {
            if (quote == '"' || at + 1 >= line.size() || line[at + 1] != quote) return at + 1;
            ++at;  // a doubled single quote
        }
    }
    return line.size();
}

bool begins_comment(std::string_view line, std::size_t at) {
    return line[at] == '#' && (at == 0 || is_blank(line[at - 1]));
}

// Where values begin on a line: behind each ": " that no quotes hold.
struct LineShape {
    std::size_t content = 0;  // behind blanks and dashes in front
    std::vector<std::size_t> colons;
    std::vector<std::size_t> values;         // one for each colon
    std::optional<std::size_t> comment;      // where it begins
    std::optional<std::size_t> open_brace;   // of a { or [ that the line does not close
    std::optional<std::size_t> stray_close;  // of a } or ] that closes nothing of the line
    int open_braces = 0;                     // those that are not closed less those that are stray
};

LineShape shape_of(std::string_view line) {
    LineShape shape;
    std::vector<std::size_t> open;
    int depth = 0;  // of all that are open, those in text included
    bool begins_token = true;
    std::size_t at = 0;
    const auto skip_blanks = [&] {
        at = std::min(line.find_first_not_of(blanks, at), line.size());
    };
    skip_blanks();
    while (at + 1 < line.size() && line[at] == '-' && is_blank(line[at + 1])) {
        ++at;
        skip_blanks();
    }
    shape.content = at;
    while (at < line.size()) {
        const char c = line[at];
        if (begins_comment(line, at)) {
            shape.comment = at;
            break;
        }
        if (begins_token && (c == '"' || c == '\'')) {
            at = end_of_quoted(line, at);
            begins_token = false;
            continue;
        }
        const bool is_colon = c == ':' && (at + 1 == line.size() || is_blank(line[at + 1]));
        if (begins_token && (c == '{' || c == '[')) open.push_back(at);
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') {
            if (!open.empty()) open.pop_back();
            if (depth == 0) {
                --shape.open_braces;
                if (!shape.stray_close) shape.stray_close = at;
            } else {
                --depth;
            }
        }
        const bool separates = is_colon || c == ',' || c == '{' || c == '[';
        begins_token = separates || (begins_token && is_blank(c));
        ++at;
        if (!is_colon) continue;
        shape.colons.push_back(at - 1);
        skip_blanks();
        shape.values.push_back(at);
    }
    if (!open.empty()) shape.open_brace = open.back();
    shape.open_braces += depth;
    return shape;
}

// The last value that begins at `column` of the line or before.
std::optional<std::size_t> value_before(const LineShape& shape, std::size_t column) {
    std::optional<std::size_t> found;
    for (const std::size_t value : shape.values) {
        if (value <= column) found = value;
    }
    return found;
}

// What a value that begins so is taken for by YAML.
std::string first_character_problem(std::string_view value) {
    if (value.empty()) return {};
    constexpr std::string_view indicators = "{}[],&*!|>%@`";
    const char c = value.front();
    const bool is_dash = (c == '-' || c == '?') && value.size() > 1 && is_blank(value[1]);
    if (indicators.find(c) == std::string_view::npos && !is_dash) return {};
    return fmt::format("a value that begins with {} must be in quotes", c);
}

std::string goes_on_problem(char quote) {
    if (quote == '"') {
        return "the value goes on behind its closing quote; put all of it in quotes, and write "
               "\\\" for a quote inside";
    }
    return "the value goes on behind its closing quote; put all of it in quotes, and write '' for "
           "an apostrophe inside";
}

std::string complaint_of(const OddSpace& odd) {
    return fmt::format("{} stands where YAML needs a plain space", odd.name);
}

class Remedy {
  public:
    Remedy(std::string_view text, const Place& stopped, std::string_view reason)
        : stopped_(stopped), reason_(reason), lines_(lines_up_to(text, stopped.line)) {}

    std::optional<YamlRemedy> find() {
        if (lines_.empty() || lines_.back().number != stopped_.line) return {};
        const Line here = lines_.back();
        if (auto found = of_escape()) return found;
        if (auto found = of_foreign_line(here)) return found;
        if (auto found = of_stray_close(here)) return found;
        if (auto found = of_spaces(here)) return found;
        if (auto found = of_value(here)) return found;
        lines_.pop_back();
        while (!lines_.empty() && is_idle(lines_.back().text)) lines_.pop_back();
        if (lines_.empty()) return {};
        return of_line_before(lines_.back(), here);
    }

  private:
    static bool is_idle(std::string_view line) {
        const std::size_t first = line.find_first_not_of(blanks);
        return first == std::string_view::npos || line[first] == '#';
    }

    std::size_t column() const { return static_cast<std::size_t>(stopped_.column - 1); }

    YamlRemedy at(const Line& line, std::size_t column, std::string message) const {
        return {Place{stopped_.file, line.number, static_cast<std::int32_t>(column) + 1},
                std::move(message)};
    }

    std::optional<YamlRemedy> of_escape() const {
        const bool is_escape = reason_.starts_with("unknown escape character") ||
                               reason_.starts_with("bad character found while scanning hex");
        if (!is_escape) return {};
        return YamlRemedy{stopped_, std::string(backslash_remedy)};
    }

    // Characters in front of the line, behind a dash or behind a key that are no spaces to YAML.
    std::optional<YamlRemedy> of_spaces(const Line& line) const {
        const std::string_view text = line.text;
        const auto told = [&](std::size_t where) -> std::optional<YamlRemedy> {
            const auto odd = odd_space_at(text.substr(std::min(where, text.size())));
            if (!odd) return {};
            return at(line, where, complaint_of(*odd));
        };
        const std::size_t begin = std::min(text.find_first_not_of(" \t-"), text.size());
        if (auto found = told(begin)) return found;
        const std::size_t wide = text.find(full_width_colon, begin);
        const std::size_t colon = std::min(text.find(':', begin), text.size());
        if (wide < colon) {
            return at(line, wide, "a full-width colon (U+FF1A) stands where YAML needs ':'");
        }
        return told(colon + 1);
    }

    std::optional<YamlRemedy> of_value(const Line& line) const {
        const LineShape shape = shape_of(line.text);
        const auto value = value_before(shape, column());
        if (!value) return {};
        const std::string_view text = line.text.substr(*value);
        const bool is_unknown_alias = reason_ == "the referenced anchor is not defined";
        if (is_unknown_alias && text.starts_with('*')) {
            return at(line,
                      *value,
                      "no anchor of this name stands before; put text that begins with * in "
                      "quotes");
        }
        std::string problem = first_character_problem(text);
        if (!problem.empty()) return at(line, *value, std::move(problem));
        const bool is_behind = column() > *value;
        if (is_behind && (text.front() == '"' || text.front() == '\'')) {
            const std::size_t end = end_of_quoted(text, 0);
            const std::size_t last = std::min(text.find_last_not_of(blanks), text.size());
            if (end == last && (text[end] == ',' || text[end] == ';')) {
                return at(line,
                          *value + end,
                          fmt::format("remove the {} at the end of the line", text[end]));
            }
            return at(line, *value, goes_on_problem(text.front()));
        }
        const bool at_colon = std::ranges::find(shape.colons, column()) != shape.colons.end();
        if (is_behind && at_colon) {
            return at(line,
                      *value,
                      "\": \" in a value begins another key; put the value in quotes, or a comma "
                      "between keys");
        }
        return {};
    }

    std::optional<YamlRemedy> of_line_before(const Line& before, const Line& here) const {
        if (auto found = of_foreign_line(before)) return found;
        if (auto found = of_spaces(before)) return found;
        const LineShape shape = shape_of(before.text);
        const LineShape shape_here = shape_of(here.text);
        const bool goes_on = shape.open_brace || shape_here.colons.empty();
        if (shape.comment && !shape.values.empty() && goes_on) {
            return at(before,
                      *shape.comment,
                      "\" #\" begins a comment, and what follows is not read; put the value in "
                      "quotes");
        }
        if (shape.open_brace) {
            return at(before,
                      *shape.open_brace,
                      fmt::format("this {} is not closed", before.text[*shape.open_brace]));
        }
        if (auto found = of_missing_space(before, shape)) return found;
        if (auto found = of_missing_colon(before, shape)) return found;
        return of_indentation(shape, here, shape_here);
    }

    std::optional<YamlRemedy> of_indentation(const LineShape& before,
                                             const Line& here,
                                             const LineShape& shape_here) const {
        const bool both_have_keys = !before.colons.empty() && !shape_here.colons.empty();
        if (!both_have_keys || before.content == shape_here.content) return {};
        return at(here,
                  shape_here.content,
                  "is indented like no key above it; keys of one map begin in one column");
    }

    // Lines of other languages, and list items without a hyphen and a space.
    std::optional<YamlRemedy> of_foreign_line(const Line& line) const {
        const std::size_t begin = std::min(line.text.find_first_not_of(blanks), line.text.size());
        const std::string_view text = line.text.substr(begin);
        if (text.starts_with("```")) {
            return at(line, begin, "``` is of Markdown, not of YAML; remove the line");
        }
        if (text.starts_with("//") || text.starts_with("/*")) {
            return at(line, begin, "a comment begins with #");
        }
        constexpr auto bullets = std::to_array<std::string_view>(
            {"\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\xA2", "\xC2\xB7", "\xE2\x88\x92"});
        for (const std::string_view bullet : bullets) {
            if (!text.starts_with(bullet)) continue;
            return at(line,
                      begin,
                      fmt::format("an item of a list begins with a hyphen and a space, not with {}",
                                  bullet));
        }
        const bool is_joined = text.size() > 1 && text[0] == '-' && !is_blank(text[1]) &&
                               text[1] != '-' && !shape_of(line.text).colons.empty();
        if (is_joined) return at(line, begin, "a space is missing behind '-'");
        return {};
    }

    // "]" that no line up to here has opened.
    std::optional<YamlRemedy> of_stray_close(const Line& here) const {
        const LineShape shape = shape_of(here.text);
        if (!shape.stray_close) return {};
        // Where a value begins it is text without its quotes.
        if (std::ranges::find(shape.values, *shape.stray_close) != shape.values.end()) return {};
        int open = 0;
        for (const Line& line : lines_) open += shape_of(line.text).open_braces;
        if (open >= 0) return {};
        return at(here,
                  *shape.stray_close,
                  fmt::format("this {} closes nothing; remove it", here.text[*shape.stray_close]));
    }

    // "prompt a star", "show = aurora": the parser takes the line for a part of what comes next.
    std::optional<YamlRemedy> of_missing_colon(const Line& line, const LineShape& shape) const {
        if (reason_ != "illegal map value" || !shape.colons.empty()) return {};
        const std::size_t equals = line.text.find('=', shape.content);
        if (equals != std::string_view::npos) {
            return at(line, equals, "a key and its value are separated by ': ', not by =");
        }
        return at(line,
                  shape.content,
                  "there is no ':' behind the key; a line that continues the value above must be "
                  "indented more than its key");
    }

    // "prompt:a star"
    std::optional<YamlRemedy> of_missing_space(const Line& line, const LineShape& shape) const {
        if (!shape.colons.empty()) return {};
        const std::size_t colon = line.text.find(':', shape.content);
        if (colon == std::string_view::npos || colon + 1 >= line.text.size()) return {};
        return at(line, colon, "a space is missing behind ':'");
    }

    Place stopped_;
    std::string_view reason_;
    std::vector<Line> lines_;
};

}  // namespace

std::optional<YamlRemedy> yaml_remedy(std::string_view text,
                                      const Place& stopped,
                                      std::string_view reason) {
    return Remedy(text, stopped, reason).find();
}

std::optional<OddSpace> odd_space_at(std::string_view text) {
    if (text.empty()) return {};
    const std::size_t bytes = utf8_sequence_bytes(text);
    if (bytes < 2) return {};
    const std::uint32_t code = code_point(text, bytes);
    if (!is_odd_space(code)) return {};
    const bool no_break = code == 0xA0 || code == 0x202F;
    const std::string_view kind = no_break ? "a no-break space" : "a special space";
    return OddSpace{bytes, fmt::format("{} (U+{:04X})", kind, code)};
}

std::optional<std::string> odd_space_problem(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto odd = odd_space_at(text.substr(at));
        if (odd) return complaint_of(*odd);
        at += std::max<std::size_t>(1, utf8_sequence_bytes(text.substr(at)));
    }
    return {};
}

bool is_in_typographic_quotes(std::string_view text) {
    constexpr auto quotes = std::to_array<std::string_view>({"\xE2\x80\x98",
                                                             "\xE2\x80\x99",
                                                             "\xE2\x80\x9A",
                                                             "\xE2\x80\x9B",
                                                             "\xE2\x80\x9C",
                                                             "\xE2\x80\x9D",
                                                             "\xE2\x80\x9E",
                                                             "\xE2\x80\x9F",
                                                             "\xE2\x80\xB9",
                                                             "\xE2\x80\xBA",
                                                             "\xC2\xAB",
                                                             "\xC2\xBB",
                                                             "\xEF\xBC\x82"});
    const auto begins = [&](std::string_view quote) { return text.starts_with(quote); };
    const auto ends = [&](std::string_view quote) { return text.ends_with(quote); };
    return std::ranges::any_of(quotes, begins) && std::ranges::any_of(quotes, ends);
}

}  // namespace nightreel
