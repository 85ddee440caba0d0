#include "pipeline/preflight/text_place.h"

#include <algorithm>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

// Walks a scalar as it is written, showing the characters that its value has beside blanks.
class ScalarWalk {
  public:
    explicit ScalarWalk(std::string_view source) : source_(source) {
        const char style = source_.front();
        if (style == '"' || style == '\'') {
            quote_ = style;
            ++at_;
        } else if (style == '|' || style == '>') {
            at_ = std::min(source_.find('\n', at_), source_.size());
        }
    }

    // The next character that is no blank; where it is written differently, nothing.
    std::optional<char> next() {
        skip_blanks();
        if (at_ >= source_.size()) return {};
        if (quote_ == '\'' && source_.substr(at_).starts_with("''")) ++at_;
        if (quote_ == '"' && source_[at_] == '\\') return escaped();
        return source_[at_++];
    }

    // The place of what next() would give.
    std::size_t here() {
        skip_blanks();
        return at_;
    }

  private:
    void skip_blanks() {
        while (at_ < source_.size()) {
            const std::string_view rest = source_.substr(at_);
            const bool is_escaped_blank =
                quote_ == '"' && rest.size() > 1 && rest[0] == '\\' &&
                std::string_view("nrt \t\n\r").find(rest[1]) != std::string_view::npos;
            if (!is_escaped_blank && !is_blank(rest[0])) return;
            at_ += is_escaped_blank ? 2 : 1;
        }
    }

    std::optional<char> escaped() {
        ++at_;
        if (at_ >= source_.size()) return {};
        const char c = source_[at_++];
        return c == '"' || c == '\\' || c == '/' ? std::optional(c) : std::nullopt;
    }

    std::string_view source_;
    std::size_t at_ = 0;
    char quote_ = 0;
};

}  // namespace

std::optional<Place> place_in_scalar(std::string_view scalar,
                                     const Place& begin,
                                     std::string_view value,
                                     std::size_t offset) {
    if (scalar.empty()) return {};
    ScalarWalk walk(scalar);
    for (const char c : value.substr(0, offset)) {
        if (!is_blank(c) && walk.next() != c) return {};
    }
    const std::size_t at = walk.here();
    if (at >= scalar.size()) return {};
    const std::string_view before = scalar.substr(0, at);
    Place place = begin;
    place.line += static_cast<std::int32_t>(std::ranges::count(before, '\n'));
    const std::size_t line_end = before.rfind('\n');
    place.column = line_end == std::string_view::npos ? begin.column + static_cast<std::int32_t>(at)
                                                      : static_cast<std::int32_t>(at - line_end);
    return place;
}

std::string_view TextPlaces::Source::from(const Place& place) const {
    const auto line = static_cast<std::size_t>(place.line - 1);
    if (line >= lines.size()) return {};
    const std::size_t at = lines[line] + static_cast<std::size_t>(place.column - 1);
    return at < text.size() ? std::string_view(text).substr(at) : std::string_view();
}

const TextPlaces::Source& TextPlaces::source_of(std::uint32_t file) {
    const auto known = sources_.find(file);
    if (known != sources_.end()) return known->second;
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    Source& source = sources_[file];
    try {
        source.text = read_file(document_.complaints.files()[file]);
    } catch (const Error&) {
        return source;  // checked from a text instead of a file, or gone meanwhile
    }
    if (source.text.starts_with(byte_order_mark)) source.text.erase(0, byte_order_mark.size());
    for (std::size_t at = 0; at != std::string::npos && at < source.text.size();) {
        source.lines.push_back(at);
        at = source.text.find('\n', at);
        if (at != std::string::npos) ++at;
    }
    return source;
}

Place TextPlaces::of(const std::string& path, std::string_view value, std::size_t offset) {
    const Place whole = document_.places.of(path);
    if (!document_.places.has(path)) return whole;
    const std::string_view scalar = source_of(whole.file).from(whole);
    return place_in_scalar(scalar, whole, value, offset).value_or(whole);
}

}  // namespace nightreel
