#pragma once
// What a person says about a published take: a verdict or a note. It is written once and never
// changes; a later verdict of anybody replaces an earlier one. The form is the same in files below
// the output folder (review_files.h), over HTTP, on the wire and in what the review page exports.
// Plain values, any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

enum class ReviewKind { verdict, note };

template <>
struct EnumWords<ReviewKind> {
    static constexpr auto words = std::to_array<std::pair<ReviewKind, std::string_view>>(
        {{ReviewKind::verdict, "verdict"}, {ReviewKind::note, "note"}});
};

enum class ReviewVerdict { approved, rejected, flagged, open };

template <>
struct EnumWords<ReviewVerdict> {
    static constexpr auto words = std::to_array<std::pair<ReviewVerdict, std::string_view>>(
        {{ReviewVerdict::approved, "approved"},
         {ReviewVerdict::rejected, "rejected"},
         {ReviewVerdict::flagged, "flagged"},
         {ReviewVerdict::open, "open"}});
};

// A line from point to point: x0, y0, x1, y1, ... in parts of the picture's width and height, from
// its upper left corner.
using Stroke = std::vector<double>;

struct ReviewRecord {
    std::int32_t format = 1;
    std::string id;  // 32 hexadecimal digits, drawn at random: the same one is the same record
    std::string at;  // UTC, "2026-12-01T07:03:04.567Z"
    std::string by;
    Digest take;  // take_digest of publish.json: a take with other frames is another take
    std::string show;
    std::string shot;
    std::int32_t version = 1;
    std::int32_t take_number = 1;
    ReviewKind kind = ReviewKind::note;
    std::optional<ReviewVerdict> verdict = {};
    std::optional<std::int64_t> frame = {};
    std::optional<std::int64_t> last_frame = {};  // of a range that begins at `frame`
    std::optional<std::string> text = {};
    std::optional<std::vector<Stroke>> drawing = {};

    friend bool operator==(const ReviewRecord&, const ReviewRecord&) = default;
};

template <class Visitor>
void describe(ReviewRecord& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this record.", .required = true});
    field("id", value.id, {.meaning = "32 random hexadecimal digits.", .required = true});
    field("at", value.at, {.meaning = "When it was written (UTC).", .required = true});
    field("by", value.by, {.meaning = "Who wrote it.", .required = true});
    field("take",
          value.take,
          {.meaning = "Digest of the take: take_digest of its publish.json.", .required = true});
    field("show", value.show, {.meaning = "Name of the show.", .required = true});
    field("shot", value.shot, {.meaning = "Name of the shot.", .required = true});
    field("version", value.version, {.meaning = "Version number.", .required = true});
    field("take_number", value.take_number, {.meaning = "Take number.", .required = true});
    field("kind", value.kind, {.meaning = "verdict or note.", .required = true});
    field("verdict",
          value.verdict,
          {.meaning = "approved, rejected, flagged, or open, which withdraws an earlier one."});
    field("frame", value.frame, {.meaning = "Frame number; absent: about the whole take."});
    field("last_frame", value.last_frame, {.meaning = "Last frame of a range."});
    field("text", value.text, {.meaning = "The note, or the reason of the verdict."});
    field("drawing",
          value.drawing,
          {.meaning = "Lines on the frame: [[x0,y0,x1,y1,...],...], 0 to 1 of the picture."});
}

// Limits of one record. A line of a file or a message never has more than record_bytes_max.
inline constexpr std::size_t record_bytes_max = 64 * 1024;
inline constexpr std::size_t review_author_bytes_max = 64;
inline constexpr std::size_t review_text_bytes_max = 8 * 1024;
inline constexpr std::size_t strokes_max = 64;
inline constexpr std::size_t stroke_numbers_max = 2'000;  // of all strokes of a record
inline constexpr std::int32_t review_number_max = 1'000'000;

// What is wrong with a record, one sentence each that begins with the field; empty: nothing.
std::vector<std::string> problems_of(const ReviewRecord& record);

// Whether a text is a time as `at` has it.
bool is_utc_time(std::string_view text);

// A new id.
std::string new_review_id();  // Error{unavailable}: the system gives no random numbers

}  // namespace nightreel
