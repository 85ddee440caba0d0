#include "scheduler/http/message.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace nightreel::http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view reason_of(int status) {
    constexpr auto reasons =
        std::to_array<std::pair<int, std::string_view>>({{200, "OK"},
                                                         {206, "Partial Content"},
                                                         {301, "Moved Permanently"},
                                                         {304, "Not Modified"},
                                                         {400, "Bad Request"},
                                                         {403, "Forbidden"},
                                                         {404, "Not Found"},
                                                         {405, "Method Not Allowed"},
                                                         {408, "Request Timeout"},
                                                         {413, "Payload Too Large"},
                                                         {414, "URI Too Long"},
                                                         {415, "Unsupported Media Type"},
                                                         {416, "Range Not Satisfiable"},
                                                         {421, "Misdirected Request"},
                                                         {431, "Request Header Fields Too Large"},
                                                         {500, "Internal Server Error"},
                                                         {503, "Service Unavailable"}});
    const auto found = std::ranges::find(reasons, status, &std::pair<int, std::string_view>::first);
    return found == reasons.end() ? "" : found->second;
}

// A page may use what the same server serves, and what it makes itself; nothing from elsewhere.
constexpr std::string_view content_policy =
    "default-src 'self' 'unsafe-inline' data: blob:; frame-ancestors 'none'; form-action 'self'; "
    "base-uri 'none'";

}  // namespace

const std::string* Request::header(std::string_view name) const {
    const auto found = std::ranges::find_if(
        headers, [&](const auto& one) { return is_same_name(one.first, name); });
    return found == headers.end() ? nullptr : &found->second;
}

std::size_t Request::count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        headers, [&](const auto& one) { return is_same_name(one.first, name); }));
}

Response text_response(int status, std::string text, std::string_view type) {
    return {.status = status,
            .headers = {{"Content-Type", fmt::format("{}; charset=utf-8", type)},
                        {"Cache-Control", "no-store"}},
            .text = std::move(text)};
}

std::string head_of(const Response& response, bool keep_alive) {
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
    for (const auto& [name, value] : response.headers) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    if (response.status != 304) head += fmt::format("Content-Length: {}\r\n", response.bytes());
    head += fmt::format("Connection: {}\r\n", keep_alive ? "keep-alive" : "close");
    head += fmt::format("Content-Security-Policy: {}\r\n", content_policy);
    head +=
        "X-Content-Type-Options: nosniff\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        "Referrer-Policy: no-referrer\r\n\r\n";
    return head;
}

}  // namespace nightreel::http
