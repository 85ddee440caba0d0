#include "shotspec/review/review_record.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/review/review_json.h"
#include "tests/unit/review/reviews_of.h"

namespace nightreel {
namespace {

std::string problem_of(const ReviewRecord& record) {
    const auto problems = problems_of(record);
    return problems.empty() ? "" : problems.front();
}

template <class Change>
std::string problem_after(const Change& change) {
    ReviewRecord record = note_of(1);
    record.frame = 1013;
    record.last_frame = 1020;
    record.drawing = {{0, 0.5, 1, 0.25}};
    REQUIRE(problem_of(record).empty());
    change(record);
    return problem_of(record);
}

}  // namespace

TEST_CASE("a record has the agreed members, and those that are absent are omitted", "[review]") {
    ReviewRecord record = note_of(7);
    CHECK(line_of(record) ==
          "{\"format\":1,\"id\":\"00000000000000000000000000000007\",\"at\":"
          "\"2026-12-01T07:00:07.000Z\",\"by\":\"anna\",\"take\":\"" +
              digest_of("take 1").hex() +
              "\",\"show\":\"aurora\",\"shot\":\"sq010_sh0010\",\"version\":1,\"take_number\":1,"
              "\"kind\":\"note\",\"text\":\"note 7\"}");
    record.frame = 1013;
    record.drawing = {{0.25, 0.5, 0.75, 1}};
    CHECK(review_from_line(line_of(record), "line") == record);
    CHECK(json_of(record)["drawing"].dump() == "[[0.25,0.5,0.75,1.0]]");
    CHECK(review_from_line(line_of(verdict_of(1, ReviewVerdict::flagged)), "line").verdict ==
          ReviewVerdict::flagged);
}

TEST_CASE("what is wrong with a record is said with its field", "[review]") {
    using R = ReviewRecord;
    const auto says = [](const char* field) { return Catch::StartsWith(field); };
    CHECK_THAT(problem_after([](R& r) { r.id = "ABC"; }), says("id:"));
    CHECK_THAT(problem_after([](R& r) { r.id.front() = 'F'; }), says("id:"));
    CHECK_THAT(problem_after([](R& r) { r.at = "2026-13-01T07:00:07.000Z"; }), says("at:"));
    CHECK_THAT(problem_after([](R& r) { r.at = "2026-12-01 07:00:07"; }), says("at:"));
    CHECK_THAT(problem_after([](R& r) { r.by = ""; }), says("by:"));
    CHECK_THAT(problem_after([](R& r) { r.by = std::string(65, 'a'); }), says("by:"));
    CHECK_THAT(problem_after([](R& r) { r.by = "a\nb"; }), says("by:"));
    CHECK_THAT(problem_after([](R& r) { r.take = {}; }), says("take:"));
    CHECK_THAT(problem_after([](R& r) { r.show = "../aurora"; }), says("show:"));
    CHECK_THAT(problem_after([](R& r) { r.show = ".nightreel"; }), says("show:"));
    CHECK_THAT(problem_after([](R& r) { r.shot = ""; }), says("shot:"));
    CHECK_THAT(problem_after([](R& r) { r.version = 0; }), says("version:"));
    CHECK_THAT(problem_after([](R& r) { r.take_number = 1'000'001; }), says("take_number:"));
    CHECK_THAT(problem_after([](R& r) { r.verdict = ReviewVerdict::open; }), says("verdict:"));
    CHECK_THAT(problem_after([](R& r) { r.kind = ReviewKind::verdict; }), says("verdict:"));
    CHECK_THAT(problem_after([](R& r) { r.frame = -1; }), says("frame:"));
    CHECK_THAT(problem_after([](R& r) { r.frame.reset(); }), says("last_frame:"));
    CHECK_THAT(problem_after([](R& r) { r.last_frame = 1012; }), says("last_frame:"));
    CHECK_THAT(problem_after([](R& r) { r.text = std::string(8193, 'a'); }), says("text:"));
    CHECK_THAT(problem_after([](R& r) { r.text = "\x1b[2J"; }), says("text:"));
    CHECK_THAT(problem_after([](R& r) { r.text = "\xff"; }), says("text:"));
    CHECK_THAT(problem_after([](R& r) {
                   r.text.reset();
                   r.drawing.reset();
               }),
               says("text:"));
    CHECK_THAT(problem_after([](R& r) { r.drawing = {{0, 1, 0}}; }), says("drawing:"));
    CHECK_THAT(problem_after([](R& r) { r.drawing = {{0, 1.01}}; }), says("drawing:"));
    CHECK_THAT(problem_after([](R& r) {
                   r.drawing = std::vector<Stroke>(65, {0, 0});
               }),
               says("drawing:"));
    CHECK_THAT(problem_after([](R& r) { r.drawing = {Stroke(2002, 0.5)}; }), says("drawing:"));
    CHECK(problem_after([](R& r) { r.text = "two\nlines\tand \xc3\xa9"; }).empty());
}

TEST_CASE("every record without problems fits into a line", "[review]") {
    ReviewRecord record = note_of(1);
    record.frame = 1;
    record.text = std::string(review_text_bytes_max, '\n');  // two bytes each
    record.drawing = {Stroke(stroke_numbers_max, 1.0 / 3)};
    REQUIRE(problem_of(record).empty());
    CHECK(line_of(record).size() < record_bytes_max);
    CHECK(line_of(record).find('\n') == std::string::npos);
}

TEST_CASE("a record that is missing a member, or of a newer release, is refused by name",
          "[review]") {
    const auto refusal = [](const Json& json) -> std::string {
        try {
            review_from(json, "a.jsonl:3");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::bad_input);
            return error.what();
        }
        return "";
    };
    Json json = json_of(note_of(1));
    CHECK(refusal(json).empty());
    json["later"] = "members of later releases are not read";
    CHECK(refusal(json).empty());
    json["format"] = 2;
    CHECK_THAT(refusal(json), Catch::Contains("a.jsonl:3") && Catch::Contains("newer release"));
    json["format"] = 1;
    json.erase("by");
    CHECK(refusal(json) == "a.jsonl:3: by: is missing");
    CHECK_FALSE(refusal(Json::array()).empty());
    CHECK_THROWS_AS(review_from_line("{\"format\":1", "x"), Error);
    CHECK_THROWS_AS(review_from_line(std::string(record_bytes_max, ' '), "x"), Error);
}

TEST_CASE("new ids are legal and differ", "[review]") {
    ReviewRecord record = note_of(1);
    record.id = new_review_id();
    CHECK(problem_of(record).empty());
    CHECK(new_review_id() != record.id);
}

}  // namespace nightreel
