#include "shotspec/night/shot_list.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/utf8.h"
#include "shotspec/describe/csv.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/night/read_night.h"

namespace nightreel {
namespace {

// Fields of a shot whose value is one word or text.
constexpr std::array field_names{"shot",    "prompt",  "duration",    "frames",   "range",
                                 "seed",    "takes",   "model",       "size",     "fps",
                                 "rate",    "handles", "first_frame", "quality",  "negative",
                                 "style",   "steps",   "guidance",    "strategy", "segment",
                                 "overlap", "output",  "loop",        "still",    "reproducible"};

// What trackers and cutting programs call them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> other_names{
    {{"shot_name", "shot"},
     {"shot_code", "shot"},
     {"code", "shot"},
     {"name", "shot"},
     {"description", "prompt"},
     {"text", "prompt"},
     {"length", "duration"},
     {"frame_count", "frames"},
     {"number_of_frames", "frames"},
     {"start_frame", "first_frame"},
     {"negative_prompt", "negative"}}};

std::string trimmed(const std::string& text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// "Shot Code" as "shot_code".
std::string column_key(const std::string& name) {
    std::string key;
    for (const char c : trimmed(name)) {
        if (c >= 'A' && c <= 'Z') {
            key.push_back(static_cast<char>(c - 'A' + 'a'));
        } else {
            key.push_back(c == ' ' || c == '-' ? '_' : c);
        }
    }
    return key;
}

// Empty for a column that is no field.
std::string field_of(const std::string& name) {
    const std::string key = column_key(name);
    if (std::ranges::find(field_names, key) != field_names.end()) return key;
    const auto other = std::ranges::find(
        other_names, std::string_view(key), &std::pair<std::string_view, std::string_view>::first);
    return other == other_names.end() ? std::string() : std::string(other->second);
}

// JSON's quotes are YAML's; a word or number goes without.
std::string yaml_value(const std::string& field, const std::string& text) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-' || c == '/';
    };
    const bool is_text = field == "prompt" || field == "negative" || field == "output";
    if (!is_text && std::ranges::all_of(text, is_plain)) return text;
    return Json(text).dump();
}

std::vector<std::string> fields_of(const CsvRow& names, ShotList& list) {
    std::vector<std::string> fields;
    std::set<std::string> seen;
    for (const std::string& name : names) {
        std::string field = field_of(name);
        if (!field.empty() && !seen.insert(field).second) {
            throw Error(
                ErrorKind::bad_input,
                fmt::format(
                    "two columns are {} of a shot: '{}' is the second", field, trimmed(name)));
        }
        if (field.empty() && !trimmed(name).empty()) list.unused.push_back(trimmed(name));
        fields.push_back(std::move(field));
    }
    if (!seen.contains("shot")) {
        const bool has_others =
            names.size() == 1 && names[0].find_first_of(";\t") != std::string::npos;
        throw Error(ErrorKind::bad_input,
                    has_others ? "columns are not separated by commas: export the table as CSV "
                                 "with commas"
                               : "no column is called shot, shot name, shot code or name");
    }
    return fields;
}

std::string shot_text(const std::vector<std::string>& fields, const CsvRow& row) {
    std::string text;
    for (std::size_t column = 0; column < std::min(fields.size(), row.size()); ++column) {
        const std::string value = trimmed(unguarded(row[column]));
        if (fields[column].empty() || value.empty()) continue;
        text += fmt::format("{}{}: {}\n",
                            text.empty() ? "  - " : "    ",
                            fields[column],
                            yaml_value(fields[column], value));
    }
    return text;
}

std::string head_text(const ShotListHead& head) {
    std::string text = fmt::format("nightreel: 1\nshow: {}\n", Json(head.show).dump());
    if (!head.model.empty()) {
        text += fmt::format("defaults: {{ model: {} }}\n", Json(head.model).dump());
    }
    return text + "shots:\n";
}

// What a reader of nights says of a row; empty: nothing.
std::string problem_of(const std::string& night) {
    NightDocument document = read_night({"row", night, {}});
    for (const Diagnostic& found : document.complaints.sorted()) {
        if (found.severity != Severity::error) continue;
        std::string path = found.path;
        constexpr std::string_view of_shot = "shots[0]";
        if (path.starts_with(of_shot)) path.erase(0, of_shot.size());
        if (path.starts_with('.')) path.erase(0, 1);
        return path.empty() ? found.message : fmt::format("{}: {}", path, found.message);
    }
    return {};
}

}  // namespace

ShotList shot_list_of_csv(std::string_view csv, const ShotListHead& head) {
    if (csv.starts_with(byte_order_mark)) csv.remove_prefix(byte_order_mark.size());
    if (!is_utf8(csv)) {
        throw Error(ErrorKind::bad_input, "is not UTF-8: export the table as CSV in UTF-8");
    }
    ShotList list;
    CsvReader reader(csv);
    const std::optional<CsvRow> names = reader.next();
    if (!names) throw Error(ErrorKind::bad_input, "is empty");
    const std::vector<std::string> fields = fields_of(*names, list);
    const std::string begin = head_text(head);
    list.night = begin;
    std::set<std::string> shots;
    std::size_t number = 1;
    const auto shot_column =
        static_cast<std::size_t>(std::ranges::find(fields, "shot") - fields.begin());
    while (const std::optional<CsvRow> row = reader.next()) {
        ++number;
        const std::string text = shot_text(fields, *row);
        if (text.empty()) continue;
        const std::string name = shot_column < row->size() ? trimmed((*row)[shot_column]) : "";
        std::string problem = problem_of(begin + text);
        if (problem.empty() && !shots.insert(name).second) {
            problem = fmt::format("shot: {} is the name of an earlier row", name);
        }
        if (problem.empty()) {
            list.night += text;
            ++list.shots;
        } else {
            list.problems.push_back(fmt::format("row {}: {}", number, problem));
        }
    }
    if (list.shots == 0 && list.problems.empty()) {
        throw Error(ErrorKind::bad_input, "has no row below the names of its columns");
    }
    return list;
}

}  // namespace nightreel
