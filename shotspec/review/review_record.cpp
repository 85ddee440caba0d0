#include "shotspec/review/review_record.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/base/utf8.h"
#include "shotspec/night/read_night.h"
#include "shotspec/review/review_json.h"

namespace nightreel {
namespace {

constexpr std::size_t id_digits = 32;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_review_id(std::string_view text) {
    return text.size() == id_digits &&
           std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

// Line feeds and tabs stay; what else controls a terminal does not.
bool is_shown_text(std::string_view text) {
    return plain_text(text, text.size()) == text;
}

struct Problems {
    std::vector<std::string> found = {};

    void unless(bool holds, std::string what) {
        if (!holds) found.push_back(std::move(what));
    }
};

void check_take_of(const ReviewRecord& record, Problems& problems) {
    problems.unless(!record.take.empty(), "take: expected the digest of a take");
    problems.unless(is_legal_name(record.show), "show: invalid name");
    problems.unless(is_legal_name(record.shot), "shot: invalid name");
    for (const auto& [name, number] :
         {std::pair("version", record.version), std::pair("take_number", record.take_number)}) {
        problems.unless(number >= 1 && number <= review_number_max,
                        fmt::format("{}: expected a number from 1 to {}", name, review_number_max));
    }
}

void check_drawing(const ReviewRecord& record, Problems& problems) {
    if (!record.drawing) return;
    problems.unless(record.frame.has_value(), "drawing: requires a frame");
    problems.unless(record.drawing->size() <= strokes_max,
                    fmt::format("drawing: more than {} lines", strokes_max));
    std::size_t numbers = 0;
    bool is_inside = true;
    bool has_points = true;
    for (const Stroke& stroke : *record.drawing) {
        numbers += stroke.size();
        has_points = has_points && !stroke.empty() && stroke.size() % 2 == 0;
        for (const double value : stroke) is_inside = is_inside && value >= 0 && value <= 1;
    }
    problems.unless(numbers <= stroke_numbers_max,
                    fmt::format("drawing: more than {} numbers", stroke_numbers_max));
    problems.unless(has_points, "drawing: expected pairs of x and y in each line");
    problems.unless(is_inside, "drawing: expected numbers from 0 to 1");
}

void check_saying(const ReviewRecord& record, Problems& problems) {
    const bool is_verdict = record.kind == ReviewKind::verdict;
    problems.unless(is_verdict == record.verdict.has_value(),
                    is_verdict ? "verdict: is missing" : "verdict: not allowed in a note");
    if (record.text) {
        problems.unless(record.text->size() <= review_text_bytes_max,
                        fmt::format("text: longer than {} bytes", review_text_bytes_max));
        problems.unless(is_shown_text(*record.text),
                        "text: expected UTF-8 without control characters");
    }
    const bool has_text = record.text && !record.text->empty();
    const bool has_drawing = record.drawing && !record.drawing->empty();
    problems.unless(is_verdict || has_text || has_drawing,
                    "text: a note requires a text or a drawing");
    check_drawing(record, problems);
}

void check_frames(const ReviewRecord& record, Problems& problems) {
    constexpr std::int64_t frame_max = 999'999'999;
    if (record.frame) {
        problems.unless(*record.frame >= 0 && *record.frame <= frame_max,
                        fmt::format("frame: expected a number from 0 to {}", frame_max));
    }
    if (!record.last_frame) return;
    problems.unless(record.frame.has_value(), "last_frame: requires frame");
    problems.unless(
        *record.last_frame >= record.frame.value_or(0) && *record.last_frame <= frame_max,
        "last_frame: expected a frame not before `frame`");
}

std::int32_t number_in(std::string_view text, std::size_t at, std::size_t digits) {
    std::int32_t number = 0;
    for (const char c : text.substr(at, digits)) number = number * 10 + (c - '0');
    return number;
}

}  // namespace

bool is_utc_time(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
    if (text.size() != form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool fits = form[i] == '0' ? is_digit(text[i]) : text[i] == form[i];
        if (!fits) return false;
    }
    const auto within = [&](std::size_t at, std::int32_t least, std::int32_t most) {
        const std::int32_t number = number_in(text, at, 2);
        return number >= least && number <= most;
    };
    return within(5, 1, 12) && within(8, 1, 31) && within(11, 0, 23) && within(14, 0, 59) &&
           within(17, 0, 60);
}

std::vector<std::string> problems_of(const ReviewRecord& record) {
    Problems problems;
    problems.unless(is_review_id(record.id), "id: expected 32 hexadecimal digits, lower case");
    problems.unless(is_utc_time(record.at),
                    "at: expected a time in UTC such as 2026-12-01T07:03:04.567Z");
    problems.unless(!record.by.empty() && record.by.size() <= review_author_bytes_max &&
                        is_utf8(record.by) && !has_control_characters(record.by),
                    fmt::format("by: expected a name of 1 to {} bytes", review_author_bytes_max));
    check_take_of(record, problems);
    check_frames(record, problems);
    check_saying(record, problems);
    if (problems.found.empty()) {
        problems.unless(line_of(record).size() < record_bytes_max,
                        fmt::format("drawing: the record has more than {} bytes; draw fewer lines",
                                    record_bytes_max));
    }
    return problems.found;
}

Json json_of(const ReviewRecord& record) {
    Json whole = to_json_value(record);
    Json json = Json::object();
    for (auto& [name, value] : whole.items()) {
        if (!value.is_null()) json[name] = std::move(value);
    }
    return json;
}

std::string line_of(const ReviewRecord& record) {
    return json_of(record).dump(-1, ' ', false, Json::error_handler_t::replace);
}

ReviewRecord review_from(const Json& json, const std::string& place) {
    const Json format = member_of(json, "format");
    if (format.is_number_integer() && format != ReviewRecord().format) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: format {}, expected {}: written by a newer release; use that "
                                "release",
                                place,
                                format.dump(),
                                ReviewRecord().format));
    }
    auto record = in_context(place, [&] { return from_json_value<ReviewRecord>(json); });
    const std::vector<std::string> problems = problems_of(record);
    if (problems.empty()) return record;
    throw Error(ErrorKind::bad_input, fmt::format("{}: {}", place, fmt::join(problems, "; ")));
}

ReviewRecord review_from_line(std::string_view line, const std::string& place) {
    if (line.size() >= record_bytes_max) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: longer than {} bytes", place, record_bytes_max));
    }
    return review_from(parse_json(line, place), place);
}

std::string new_review_id() {
    return random_name() + random_name();
}

}  // namespace nightreel
