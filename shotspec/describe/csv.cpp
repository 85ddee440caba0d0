#include "shotspec/describe/csv.h"

#include <algorithm>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// Apostrophes and then a character that begins a formula: the form that gets one more apostrophe.
bool is_formula(std::string_view text) {
    constexpr std::string_view begins = "=+-@\t\r";
    const std::size_t at = text.find_first_not_of('\'');
    return at != std::string_view::npos && begins.find(text[at]) != std::string_view::npos;
}

}  // namespace

std::string guarded(std::string text) {
    return is_formula(text) ? "'" + text : text;
}

std::string unguarded(std::string text) {
    const bool is_guarded = text.starts_with('\'') && is_formula(text);
    return is_guarded ? text.substr(1) : text;
}

std::string quoted_cell(const std::string& text) {
    if (text.find_first_of("\",\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted.push_back('"');
        quoted.push_back(c);
    }
    return quoted + "\"";
}

std::optional<CsvRow> CsvReader::next() {
    if (at_ == text_.size()) return {};
    CsvRow row;
    do {
        row.push_back(cell());
    } while (takes(','));
    if (takes('\r') && at_ == text_.size()) return row;
    if (!takes('\n') && at_ != text_.size()) {
        throw Error(ErrorKind::bad_input, "expected a comma after a quoted cell");
    }
    return row;
}

bool CsvReader::takes(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

std::string CsvReader::cell() {
    if (takes('"')) return quoted();
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    std::string text(text_.substr(at_, end - at_));
    at_ = end;
    return text;
}

std::string CsvReader::quoted() {
    std::string text;
    while (at_ < text_.size()) {
        const char c = text_[at_++];
        if (c != '"') {
            text.push_back(c);
        } else if (takes('"')) {
            text.push_back('"');
        } else {
            return text;
        }
    }
    throw Error(ErrorKind::bad_input, "a quoted cell has no end");
}

}  // namespace nightreel
