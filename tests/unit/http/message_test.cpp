#include "scheduler/http/message.h"

#include <catch2/catch.hpp>

namespace nightreel::http {

TEST_CASE("every response says its length, and keeps browsers from guessing and sharing",
          "[http]") {
    const std::string head = head_of(text_response(404, "there is no such file\n"), true);
    CHECK(head.starts_with("HTTP/1.1 404 Not Found\r\n"));
    CHECK(head.ends_with("\r\n\r\n"));
    for (const char* line : {"Content-Length: 22\r\n",
                             "Content-Type: text/plain; charset=utf-8\r\n",
                             "Connection: keep-alive\r\n",
                             "X-Content-Type-Options: nosniff\r\n",
                             "Cross-Origin-Resource-Policy: same-origin\r\n",
                             "frame-ancestors 'none'"}) {
        CAPTURE(line);
        CHECK(head.find(line) != std::string::npos);
    }
    CHECK(head_of(text_response(400, ""), false).find("Connection: close\r\n") !=
          std::string::npos);
    CHECK(head_of({.status = 304}, true).find("Content-Length") == std::string::npos);
}

TEST_CASE("names of headers have no case", "[http]") {
    const Request request{.headers = {{"hOsT", "a"}, {"Host", "b"}}};
    REQUIRE(request.header("Host") != nullptr);
    CHECK(*request.header("Host") == "a");
    CHECK(request.count("HOST") == 2);
    CHECK(request.header("Range") == nullptr);
}

}  // namespace nightreel::http
