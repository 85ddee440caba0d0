#include "scheduler/http/review_site.h"

#include <filesystem>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/review/review_exchange.h"
#include "shotspec/review/review_json.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/review/reviews_of.h"

namespace nightreel::http {
namespace {

namespace fs = std::filesystem;

constexpr const char* host = "127.0.0.1:8731";

struct Stage {
    TemporaryFolder folder;
    fs::path out = folder.path() / "out";
    ManualClock clock;
    std::unique_ptr<ReviewSite> site;

    Stage() {
        fs::create_directories(out / "aurora/dailies/2026-12-01_1");
        write_file_atomically(folder.path() / "secret.txt", std::string_view("secret"));
        write_file_atomically(out / "aurora/take.mp4", std::string_view("0123456789"));
        write_file_atomically(out / "aurora/dailies/2026-12-01_1/index.html",
                              std::string_view("<p>page"));
        fs::create_symlink("2026-12-01_1", out / "aurora/dailies/latest");
        fs::create_directories(out / ".nightreel/keys");
        write_file_atomically(out / ".nightreel/keys/a.key", std::string_view("key"));
        clock.advance(Millis(std::int64_t{1'796'108'400'000}));  // 2026-12-01T07:00:00Z
        site = std::make_unique<ReviewSite>(
            out, SiteRules{{host}, "token"}, clock, std::string("render01"));
    }

    Response get(const std::string& target, Headers headers = {}) const {
        headers.emplace_back("Host", host);
        return site->answer({.method = "GET", .target = target, .headers = std::move(headers)});
    }

    Response post(const std::string& body) const {
        return site->answer({.method = "POST",
                             .target = "/reviews",
                             .headers = {{"Host", host},
                                         {"Content-Type", "application/json"},
                                         {token_header, "token"}},
                             .body = body});
    }

    Response post(const std::vector<ReviewRecord>& records) const {
        return post(reviews_json(records));
    }
};

std::string body_of(const Response& response) {
    if (!response.file) return response.text;
    std::string text(response.file->bytes, '\0');
    const auto count = ::pread(response.file->file->get(),
                               text.data(),
                               text.size(),
                               static_cast<off_t>(response.file->offset));
    text.resize(static_cast<std::size_t>(count));
    return text;
}

std::string header_of(const Response& response, const std::string& name) {
    const Request as_request{.headers = response.headers};
    const std::string* const value = as_request.header(name);
    return value == nullptr ? "" : *value;
}

}  // namespace

TEST_CASE("files are served whole, in parts, or not again", "[http]") {
    const Stage stage;
    const Response whole = stage.get("/aurora/take.mp4");
    CHECK(whole.status == 200);
    CHECK(body_of(whole) == "0123456789");
    CHECK(header_of(whole, "Content-Type") == "video/mp4");
    CHECK(header_of(whole, "Accept-Ranges") == "bytes");
    const std::string tag = header_of(whole, "ETag");
    CHECK(stage.get("/aurora/take.mp4", {{"If-None-Match", tag}}).status == 304);
    const Response part = stage.get("/aurora/take.mp4", {{"Range", "bytes=2-4"}});
    CHECK(part.status == 206);
    CHECK(body_of(part) == "234");
    CHECK(header_of(part, "Content-Range") == "bytes 2-4/10");
    CHECK(stage.get("/aurora/take.mp4", {{"Range", "bytes=2-4"}, {"If-Range", tag}}).status == 206);
    CHECK(stage.get("/aurora/take.mp4", {{"Range", "bytes=2-4"}, {"If-Range", "\"x\""}}).status ==
          200);
    const Response beyond = stage.get("/aurora/take.mp4", {{"Range", "bytes=10-"}});
    CHECK(beyond.status == 416);
    CHECK(header_of(beyond, "Content-Range") == "bytes */10");
    write_file_atomically(stage.out / "aurora/take.mp4", std::string_view("another"));
    CHECK(stage.get("/aurora/take.mp4", {{"If-None-Match", tag}}).status == 200);
}

TEST_CASE("dailies are found from the first page, and a folder is its page", "[http]") {
    const Stage stage;
    const Response first = stage.get("/?token=x");
    CHECK(first.text.find("href=\"/aurora/dailies/2026-12-01_1/index.html\"") != std::string::npos);
    const Response moved = stage.get("/aurora/dailies/latest");
    CHECK(moved.status == 301);
    CHECK(header_of(moved, "Location") == "/aurora/dailies/latest/");
    const Response page = stage.get("/aurora/dailies/latest/");
    CHECK(body_of(page) == "<p>page");
    CHECK(header_of(page, "Content-Type") == "text/html; charset=utf-8");
    CHECK(stage.get("/aurora/").status == 404);
    CHECK(stage.get("/aurora/take.mp4/").status == 404);
}

TEST_CASE("no link leads out of the output folder or to hidden files", "[http]") {
    const Stage stage;
    fs::create_symlink(stage.folder.path() / "secret.txt", stage.out / "aurora/a.txt");
    fs::create_symlink("../../secret.txt", stage.out / "aurora/b.txt");
    fs::create_directory_symlink(stage.folder.path(), stage.out / "aurora/c");
    fs::create_directory_symlink("/", stage.out / "root");
    fs::create_symlink("../.nightreel/keys/a.key", stage.out / "aurora/key.txt");
    fs::create_symlink("loop", stage.out / "loop");
    REQUIRE(::mkfifo((stage.out / "pipe").c_str(), 0600) == 0);
    for (const char* target : {"/aurora/a.txt",
                               "/aurora/b.txt",
                               "/aurora/c/secret.txt",
                               "/root/etc/passwd",
                               "/aurora/key.txt",
                               "/loop",
                               "/pipe",
                               "/nothing",
                               "/aurora/take.mp4/x"}) {
        CAPTURE(target);
        CHECK(stage.get(target).status == 404);
    }
    CHECK(stage.get("/.nightreel/keys/a.key").status == 404);
    CHECK(stage.get("/aurora/%2e%2e/%2e%2e/secret.txt").status == 404);
    fs::create_symlink("take.mp4", stage.out / "aurora/same.mp4");
    CHECK(stage.get("/aurora/same.mp4").status == 200);
}

TEST_CASE("records that are posted are in files, and every page gets them, also those of others",
          "[http]") {
    const Stage stage;
    const Response empty = stage.get("/reviews");
    CHECK(read_review_document(empty.text, "r.json").empty());
    const Response posted = stage.post({note_of(1), verdict_of(2, ReviewVerdict::approved, "ben")});
    CHECK(posted.status == 200);
    CHECK(parse_json(posted.text, "answer")["added"] == 2);
    CHECK(read_file(stage.out / "aurora/reviews/ben.render01.jsonl") ==
          line_of(verdict_of(2, ReviewVerdict::approved, "ben")) + "\n");
    const ReviewRecord elsewhere = note_of(3, "eve");
    append_reviews(stage.out, std::span(&elsewhere, 1), "render02");
    const Response all = stage.get("/reviews", {{"If-None-Match", header_of(empty, "ETag")}});
    CHECK(all.status == 200);
    CHECK(read_review_document(all.text, "r.json").size() == 3);
    CHECK(stage.get("/reviews", {{"If-None-Match", header_of(all, "ETag")}}).status == 304);
    CHECK(parse_json(stage.post({note_of(1)}).text, "answer")["added"] == 0);
    CHECK(read_reviews(stage.out, nullptr).records.size() == 3);
}

TEST_CASE("what is no record is refused, and nothing of its request is written", "[http]") {
    const Stage stage;
    ReviewRecord other_show = note_of(2);
    other_show.show = "borealis";
    ReviewRecord ahead = note_of(3);
    ahead.at = "2026-12-02T07:00:01.000Z";
    CHECK(stage.post({note_of(1), other_show}).status == 400);
    CHECK(stage.post({note_of(1), ahead}).status == 400);
    CHECK(stage.post("{\"format\":1,\"notes\":[{}]}").status == 400);
    CHECK(stage.post("nonsense").status == 400);
    CHECK(stage.post(std::vector<ReviewRecord>(1'001, note_of(1))).status == 400);
    CHECK_FALSE(fs::exists(stage.out / "aurora/reviews"));
    ahead.at = "2026-12-02T07:00:00.000Z";
    CHECK(stage.post({ahead}).status == 200);
}

TEST_CASE("records are not written through a link that leads elsewhere", "[http]") {
    const Stage stage;
    const TemporaryFolder elsewhere;
    fs::create_directory_symlink(elsewhere.path(), stage.out / "aurora/reviews");
    CHECK(stage.post({note_of(1)}).status == 400);
    CHECK(names_in(elsewhere.path()).empty());
    fs::create_directory_symlink(elsewhere.path(), stage.out / "borealis");
    ReviewRecord record = note_of(2);
    record.show = "borealis";
    CHECK(stage.post({record}).status == 400);
}

}  // namespace nightreel::http
