#pragma once
// Comma-separated values (RFC 4180) that people open in spreadsheets. Pure; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

// First bytes of a file, by which spreadsheets know UTF-8.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// A text that a spreadsheet would take for a formula gets an apostrophe in front; unguarded
// removes it, and guarded(unguarded(x)) gives the same text again.
std::string guarded(std::string text);
std::string unguarded(std::string text);

// In quotes where a comma, a quote or a line break asks for them. Not guarded.
std::string quoted_cell(const std::string& text);

using CsvRow = std::vector<std::string>;

// Rows of a text, which it borrows; lines may end with CRLF or LF. Error{bad_input} where quotes
// have no end or are followed by more text.
class CsvReader {
  public:
    explicit CsvReader(std::string_view text) : text_(text) {}

    // Nothing after the last row.
    std::optional<CsvRow> next();

  private:
    bool takes(char c);
    std::string cell();
    std::string quoted();

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace nightreel
