#include "scheduler/http/route.h"

#include <random>

#include <catch2/catch.hpp>

namespace nightreel::http {
namespace {

const SiteRules rules{{"127.0.0.1:8731", "localhost:8731"}, "a-secret"};

Request get(const std::string& target) {
    return {.method = "GET", .target = target, .headers = {{"Host", "127.0.0.1:8731"}}};
}

Request post(Headers headers) {
    Request request{.method = "POST", .target = "/reviews", .headers = std::move(headers)};
    request.headers.emplace_back("host", "localhost:8731");
    return request;
}

// The status of what is refused, 0 for anything else.
int refused(const Request& request) {
    const Route route = route_of(request, rules);
    const auto* refusal = std::get_if<Refused>(&route);
    return refusal == nullptr ? 0 : refusal->status;
}

std::vector<std::string> names_of(const std::string& target) {
    const Route route = route_of(get(target), rules);
    const auto* file = std::get_if<FileWanted>(&route);
    return file == nullptr ? std::vector<std::string>{"refused"} : file->names;
}

}  // namespace

TEST_CASE("addresses name files below the root", "[http]") {
    using Names = std::vector<std::string>;
    CHECK(names_of("/aurora/take01.mp4") == Names{"aurora", "take01.mp4"});
    CHECK(names_of("/a%20b/%C3%A9.png?x=/../y#z") == Names{"a b", "\xc3\xa9.png"});
    CHECK(names_of("/a/b/") == Names{"a", "b"});
    CHECK(names_of("/a..b/c...") == Names{"a..b", "c..."});
    CHECK(std::get<FileWanted>(route_of(get("/a/"), rules)).as_folder);
    CHECK(std::holds_alternative<IndexWanted>(route_of(get("/?token=x"), rules)));
    CHECK(std::holds_alternative<ReviewsWanted>(route_of(get("/reviews?1"), rules)));
    CHECK(names_of("/" + encoded_path("a b/\xc3\xa9%2e&\"<")) == Names{"a b", "\xc3\xa9%2e&\"<"});
}

TEST_CASE("no way of writing a path leads to the folder above, or to hidden files", "[http]") {
    for (const char* target : {"/..",
                               "/../x",
                               "/a/../../x",
                               "/%2e%2e/x",
                               "/%2E./x",
                               "/.%2e/x",
                               "/a/%2e%2e%2fx",
                               "/..%2f..%2fetc/passwd",
                               "/%5c..%5cx",
                               "/..\\x",
                               "/a//b",
                               "//etc/passwd",
                               "/.nightreel/x",
                               "/%2enightreel/keys/operator.key",
                               "/a/.x",
                               "/./a",
                               "/a/./b",
                               "/a%00.png",
                               "/a%0ab",
                               "/%ff",
                               "/%c0%ae%c0%ae/x",
                               "/%",
                               "/%4",
                               "/%zz",
                               "x",
                               "",
                               "http://127.0.0.1:8731/a",
                               "*"}) {
        CAPTURE(target);
        CHECK(refused(get(target)) >= 400);
    }
    CHECK(refused(get("/" + std::string(target_bytes_max, 'a'))) == 414);
}

TEST_CASE("a request for another host is refused, so that no other name leads here", "[http]") {
    Request request = get("/a");
    CHECK(refused(request) == 0);
    for (const char* host : {"evil.example:8731", "127.0.0.1", "127.0.0.1:80", "", "localhost"}) {
        request.headers = {{"Host", host}};
        CHECK(refused(request) == 421);
    }
    request.headers = {};
    CHECK(refused(request) == 400);
    request.headers = {{"Host", "127.0.0.1:8731"}, {"HOST", "evil.example"}};
    CHECK(refused(request) == 400);
}

TEST_CASE("only pages of this server, or who knows the token, write", "[http]") {
    const std::pair<std::string, std::string> json{"Content-Type",
                                                   "application/json; charset=utf-8"};
    const std::pair<std::string, std::string> own{"Origin", "http://127.0.0.1:8731"};
    const std::pair<std::string, std::string> token{token_header, "a-secret"};
    CHECK(refused(post({json, own})) == 0);
    CHECK(refused(post({json, token})) == 0);
    CHECK(refused(post({json, own, {"Sec-Fetch-Site", "same-origin"}})) == 0);
    CHECK(refused(post({json})) == 403);
    CHECK(refused(post({json, {token_header, "a-secre"}})) == 403);
    CHECK(refused(post({json, {token_header, "b-secret"}})) == 403);
    CHECK(refused(post({json, {token_header, ""}})) == 403);
    for (const char* origin : {"http://evil.example",
                               "null",
                               "http://127.0.0.1:8732",
                               "",
                               "https://127.0.0.1:8731",
                               "http://127.0.0.1:8731.evil.example"}) {
        CAPTURE(origin);
        CHECK(refused(post({json, {"Origin", origin}})) == 403);
        CHECK(refused(post({json, token, {"Origin", origin}})) == 403);
    }
    CHECK(refused(post({json, own, {"Sec-Fetch-Site", "cross-site"}})) == 403);
    CHECK(refused(post({own})) == 415);
    CHECK(refused(post({own, {"Content-Type", "text/plain"}})) == 415);
    const SiteRules no_token{rules.hosts, ""};
    const Route route = route_of(post({json, {token_header, ""}}), no_token);
    CHECK(std::get<Refused>(route).status == 403);
}

TEST_CASE("nothing is changed but by POST of reviews", "[http]") {
    for (const char* method :
         {"PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "", "get"}) {
        Request request = get("/reviews");
        request.method = method;
        CHECK(refused(request) == 405);
    }
    Request request = post({{"Origin", "http://127.0.0.1:8731"}});
    request.target = "/a";
    CHECK(refused(request) == 405);
    request = get("/a");
    request.method = "HEAD";
    CHECK(refused(request) == 0);
}

TEST_CASE("ranges of bytes are those of RFC 9110", "[http]") {
    const auto text = [](std::string_view header, std::uint64_t size) -> std::string {
        const RangeAnswer answer = byte_range(header, size);
        if (!answer.satisfiable) return "none";
        if (!answer.range) return "all";
        return std::to_string(answer.range->first) + "-" + std::to_string(answer.range->last);
    };
    CHECK(text("bytes=0-499", 10'000) == "0-499");
    CHECK(text("bytes=9500-", 10'000) == "9500-9999");
    CHECK(text("bytes=-500", 10'000) == "9500-9999");
    CHECK(text("bytes=-20000", 10'000) == "0-9999");
    CHECK(text("bytes=0-20000", 10'000) == "0-9999");
    CHECK(text("bytes=9999-9999", 10'000) == "9999-9999");
    CHECK(text("bytes=10000-", 10'000) == "none");
    CHECK(text("bytes=-0", 10'000) == "none");
    CHECK(text("bytes=0-", 0) == "none");
    CHECK(text("bytes=-1", 0) == "none");
    for (const char* other : {"bytes=5-4",
                              "bytes=0-1,3-4",
                              "bytes=",
                              "bytes=-",
                              "bytes=a-b",
                              "lines=0-1",
                              "bytes=+1-2",
                              "bytes=1-18446744073709551616",
                              ""}) {
        CAPTURE(other);
        CHECK(text(other, 10'000) == "all");
    }
    std::mt19937_64 dice(7);
    for (int i = 0; i < 2'000; ++i) {
        const std::uint64_t size = dice() % 1'000;
        const RangeAnswer answer = byte_range(
            "bytes=" + std::to_string(dice() % 1'200) + "-" + std::to_string(dice() % 1'200), size);
        if (!answer.range) continue;
        REQUIRE(answer.range->first <= answer.range->last);
        REQUIRE(answer.range->last < size);
    }
}

TEST_CASE("entity tags are compared as a list", "[http]") {
    CHECK(names_tag("\"a\"", "\"a\""));
    CHECK(names_tag("\"b\", W/\"a\"", "\"a\""));
    CHECK(names_tag(" * ", "\"a\""));
    CHECK_FALSE(names_tag("\"b\"", "\"a\""));
    CHECK_FALSE(names_tag("", "\"a\""));
}

TEST_CASE("types follow from names, and what is unknown is bytes", "[http]") {
    CHECK(media_type_of("a.mp4") == "video/mp4");
    CHECK(media_type_of("a.html") == "text/html; charset=utf-8");
    CHECK(media_type_of("a.exr") == "image/x-exr");
    CHECK(media_type_of("a.sh") == "application/octet-stream");
    CHECK(media_type_of("mp4") == "application/octet-stream");
}

}  // namespace nightreel::http
