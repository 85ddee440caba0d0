#include "shotspec/review/review_exchange.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/unit/review/reviews_of.h"

namespace nightreel {
namespace {

std::vector<ReviewRecord> several_records() {
    std::vector<ReviewRecord> records{note_of(1), verdict_of(2, ReviewVerdict::rejected, "ben", 2)};
    records.back().text = "the star, \"left\"\nflickers";
    for (const char* text : {"=HYPERLINK(\"http://x\")",
                             "+1",
                             "-1",
                             "@x",
                             "\tx",
                             "'=x",
                             "'tis",
                             "'",
                             "''@",
                             "1e5",
                             "a,b",
                             " ",
                             "\xc3\xa9"}) {
        records.push_back(note_of(static_cast<std::uint32_t>(records.size() + 10)));
        records.back().text = text;
    }
    records.back().frame = 1013;
    records.back().last_frame = 1020;
    records.back().drawing = {{0.25, 0.5, 1, 1}, {0, 0}};
    return records;
}

std::string refusal_of(const std::string& text, const std::string& name) {
    try {
        read_review_document(text, name);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("JSON and CSV give back the records that were written", "[review]") {
    const auto records = several_records();
    CHECK(read_review_document(reviews_json(records), "notes.json") == records);
    CHECK(read_review_document(reviews_csv(records), "notes.csv") == records);
    CHECK(read_review_document(reviews_json({}), "notes.json").empty());
    CHECK(read_review_document(reviews_csv({}), "notes.csv").empty());
}

TEST_CASE("no cell of the CSV begins a formula", "[review]") {
    const std::string csv = reviews_csv(several_records());
    for (const char* formula : {",=", ",+", ",-", ",@", ",\t", ",\"="}) {
        CAPTURE(formula);
        CHECK(csv.find(formula) == std::string::npos);
    }
    CHECK(csv.find(",\"'=HYPERLINK") != std::string::npos);
    CHECK(
        csv.starts_with("\xEF\xBB\xBF"
                        "format,id,at,by,take,show,shot,version,take_number,kind,"
                        "verdict,frame,last_frame,text,drawing\r\n"));
}

TEST_CASE("columns may be in another order, rows may end with LF, empty rows are skipped",
          "[review]") {
    const ReviewRecord record = verdict_of(1, ReviewVerdict::approved);
    const std::string text =
        "kind,verdict,more,format,id,at,by,take,show,shot,version,take_number\n\n"
        "verdict,approved,x,1," +
        record.id + "," + record.at + ",anna," + record.take.hex() + ",aurora,sq010_sh0010,1,1";
    CHECK(read_review_document(text, "a.csv") == std::vector<ReviewRecord>{record});
}

TEST_CASE("faults of a document name file and row, all at once", "[review]") {
    std::string csv = reviews_csv(several_records());
    csv.replace(csv.find(",anna,"), 6, ",,");
    csv.replace(csv.find("rejected"), 8, "refused!");
    const std::string said = refusal_of(csv, "notes.csv");
    CHECK_THAT(said, Catch::Contains("notes.csv: row 2: ") && Catch::Contains("by"));
    CHECK_THAT(said, Catch::Contains("notes.csv: row 3: ") && Catch::Contains("refused!"));
    CHECK_THAT(refusal_of("a,b\n1,2\n", "notes.csv"), Catch::Contains("no column 'id'"));
    CHECK_THAT(refusal_of("id,at,by,take,kind\n\"1", "x.csv"), Catch::Contains("x.csv: row 2"));
    CHECK_THAT(refusal_of("[]", "notes.json"), Catch::Contains("\"notes\""));
    CHECK_THAT(refusal_of("{", "notes.json"), Catch::Contains("not valid JSON"));
    CHECK_THAT(refusal_of("id,at,by,take,kind\n\xe9,,,,", "x.csv"), Catch::Contains("UTF-8"));
    CHECK_THAT(refusal_of("{\"format\":1,\"notes\":[{}]}", "n.json"),
               Catch::Contains("n.json: notes[0]: format: is missing"));
}

}  // namespace nightreel
