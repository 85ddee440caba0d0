#pragma once
// Requests and responses of HTTP/1.1 as plain values, so that everything but two sources knows
// nothing of the library that reads them. Any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/base/descriptor.h"

namespace nightreel::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;  // "GET"
    std::string target;  // as it arrived: "/aurora/a%20b.mp4?x=1"
    Headers headers = {};
    std::string body = {};

    // The first of this name, whatever its case; nothing: there is none.
    const std::string* header(std::string_view name) const;
    std::size_t count(std::string_view name) const;
};

// Bytes of an open file that follow the headers.
struct FilePart {
    std::shared_ptr<const Descriptor> file;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

struct Response {
    int status = 200;
    Headers headers = {};
    std::string text = {};
    std::optional<FilePart> file = {};  // instead of `text`

    std::uint64_t bytes() const { return file ? file->bytes : text.size(); }
};

Response text_response(int status, std::string text, std::string_view type = "text/plain");

// Status line and headers with those that every response has: Content-Length, Connection, and what
// keeps a browser from guessing types and other sites from using what is served.
std::string head_of(const Response& response, bool keep_alive);

}  // namespace nightreel::http
