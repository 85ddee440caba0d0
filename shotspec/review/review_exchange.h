#pragma once
// Records as documents that people pass on: JSON {"format":1,"notes":[...]}, and CSV with the same
// columns for spreadsheets. Both are read again, once however often. Pure, any thread.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shotspec/review/review_record.h"

namespace nightreel {

inline constexpr std::size_t exchange_records_max = 100'000;
inline constexpr std::size_t exchange_bytes_max = std::size_t{256} << 20;

std::string reviews_json(std::span<const ReviewRecord> records);

// RFC 4180 with a byte order mark and CRLF, as spreadsheets read it. A text that a spreadsheet
// would take for a formula gets an apostrophe in front, which reading removes.
std::string reviews_csv(std::span<const ReviewRecord> records);

// By the file's name: .csv or JSON. Error{bad_input} names the file, the row and what is wrong in
// it, for the first ten rows that have faults; nothing is read of such a file.
std::vector<ReviewRecord> read_review_document(std::string_view text, const std::string& name);

}  // namespace nightreel
