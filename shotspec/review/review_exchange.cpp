#include "shotspec/review/review_exchange.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shotspec/base/error.h"
#include "shotspec/base/utf8.h"
#include "shotspec/describe/csv.h"
#include "shotspec/review/review_json.h"

namespace nightreel {
namespace {

// The names of the fields, in their order.
struct ColumnNames {
    std::vector<std::string>& names;

    template <class T>
    void operator()(std::string_view name, T&, const FieldInfo&) const {
        names.emplace_back(name);
    }
};

std::vector<std::string> review_columns() {
    std::vector<std::string> names;
    ReviewRecord record;
    ColumnNames visitor{names};
    describe(record, visitor);
    return names;
}

std::string cell_of(const Json& value) {
    if (value.is_null()) return {};
    return value.is_string() ? guarded(value.get<std::string>()) : value.dump();
}

bool is_whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// A cell as JSON: what is no number, where a number belongs, stays a text and is refused as such.
Json value_of(const std::string& column, const std::string& cell) {
    constexpr std::array<std::string_view, 5> numbers{
        "format", "version", "take_number", "frame", "last_frame"};
    if (std::ranges::find(numbers, column) != numbers.end() && is_whole_number(cell)) {
        return Json::parse(fmt::format("{}", std::stoll(cell)));
    }
    if (column != "drawing") return unguarded(cell);
    Json drawing = Json::parse(cell, nullptr, false);
    return drawing.is_discarded() ? Json(cell) : drawing;
}

// Collects the faults of a document; all of them are said at once.
class DocumentReading {
  public:
    explicit DocumentReading(std::string name) : name_(std::move(name)) {}

    void take(const Json& json, const std::string& place) {
        if (records_.size() + faults_ >= exchange_records_max) {
            throw Error(
                ErrorKind::bad_input,
                fmt::format("{}: more than {} records; split it", name_, exchange_records_max));
        }
        try {
            records_.push_back(review_from(json, fmt::format("{}: {}", name_, place)));
        } catch (const Error& error) {
            constexpr std::size_t shown_max = 10;
            if (++faults_ <= shown_max) shown_.emplace_back(error.what());
        }
    }

    std::vector<ReviewRecord> finish() {
        if (faults_ == 0) return std::move(records_);
        if (faults_ > shown_.size()) {
            shown_.push_back(fmt::format("and {} more", faults_ - shown_.size()));
        }
        throw Error(ErrorKind::bad_input, fmt::format("{}", fmt::join(shown_, "\n")));
    }

  private:
    std::string name_;
    std::vector<ReviewRecord> records_;
    std::vector<std::string> shown_;
    std::size_t faults_ = 0;
};

std::vector<ReviewRecord> read_csv(std::string_view text, const std::string& name) {
    CsvReader reader(text);
    const auto next_row = [&](std::size_t number) {
        return in_context(fmt::format("{}: row {}", name, number), [&] { return reader.next(); });
    };
    const CsvRow columns = next_row(1).value_or(CsvRow());
    for (const char* required : {"id", "at", "by", "take", "kind"}) {
        if (std::ranges::find(columns, required) != columns.end()) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: row 1: no column '{}': expected the columns that `nightreel "
                                "notes export --csv` writes",
                                name,
                                required));
    }
    DocumentReading reading(name);
    for (std::size_t number = 2;; ++number) {
        const auto row = next_row(number);
        if (!row) break;
        if (row->size() == 1 && row->front().empty()) continue;
        Json json = Json::object();
        for (std::size_t i = 0; i < std::min(row->size(), columns.size()); ++i) {
            if (!(*row)[i].empty()) json[columns[i]] = value_of(columns[i], (*row)[i]);
        }
        reading.take(json, fmt::format("row {}", number));
    }
    return reading.finish();
}

std::vector<ReviewRecord> read_json(std::string_view text, const std::string& name) {
    const Json document = parse_json(text, name);
    const Json notes = member_of(document, "notes");
    if (member_of(document, "format") != 1 || !notes.is_array()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: expected {{\"format\":1,\"notes\":[...]}}, as the review page "
                                "and `nightreel notes export` write it",
                                name));
    }
    DocumentReading reading(name);
    for (std::size_t i = 0; i < notes.size(); ++i) {
        reading.take(notes[i], fmt::format("notes[{}]", i));
    }
    return reading.finish();
}

}  // namespace

std::string reviews_json(std::span<const ReviewRecord> records) {
    Json notes = Json::array();
    for (const ReviewRecord& record : records) notes.push_back(json_of(record));
    return Json{{"format", 1}, {"notes", std::move(notes)}}.dump(
        1, ' ', false, Json::error_handler_t::replace);
}

std::string reviews_csv(std::span<const ReviewRecord> records) {
    const std::vector<std::string> columns = review_columns();
    std::string text(byte_order_mark);
    text += fmt::format("{}\r\n", fmt::join(columns, ","));
    for (const ReviewRecord& record : records) {
        const Json json = json_of(record);
        for (const std::string& column : columns) {
            if (&column != &columns.front()) text.push_back(',');
            text += quoted_cell(cell_of(member_of(json, column)));
        }
        text += "\r\n";
    }
    return text;
}

std::vector<ReviewRecord> read_review_document(std::string_view text, const std::string& name) {
    if (text.size() > exchange_bytes_max) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: larger than {} bytes", name, exchange_bytes_max));
    }
    if (!is_utf8(text)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: is not UTF-8: save it as \"CSV UTF-8\"", name));
    }
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    if (!name.ends_with(".csv")) return read_json(text, name);
    return read_csv(text, name);
}

}  // namespace nightreel
