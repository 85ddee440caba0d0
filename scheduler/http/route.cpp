#include "scheduler/http/route.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shotspec/base/plain_text.h"
#include "shotspec/base/utf8.h"

namespace nightreel::http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return is_whole ? std::optional(number) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Takes as long for a wrong token as for the right one.
bool is_same_secret(std::string_view a, std::string_view b) {
    if (a.size() != b.size() || b.empty()) return false;
    int different = 0;
    for (std::size_t i = 0; i < a.size(); ++i) different |= a[i] ^ b[i];
    return different == 0;
}

bool is_known_host(std::string_view host, const SiteRules& rules) {
    return std::ranges::find(rules.hosts, host) != rules.hosts.end();
}

bool is_own_origin(std::string_view origin, const SiteRules& rules) {
    constexpr std::string_view scheme = "http://";
    return origin.starts_with(scheme) && is_known_host(origin.substr(scheme.size()), rules);
}

std::optional<Refused> refused_host(const Request& request, const SiteRules& rules) {
    const std::string* const host = request.header("Host");
    if (host == nullptr || request.count("Host") != 1) {
        return Refused{400, "a request names one Host"};
    }
    if (is_known_host(*host, rules)) return {};
    return Refused{
        421,
        fmt::format("this server is {}; open the address that `nightreel review` printed",
                    fmt::join(rules.hosts, " or "))};
}

// Why a request may not change anything.
std::optional<Refused> refused_post(const Request& request, const SiteRules& rules) {
    const std::string* const origin = request.header("Origin");
    const std::string* const site = request.header("Sec-Fetch-Site");
    const std::string* const token = request.header(token_header);
    const bool is_foreign = (origin != nullptr && !is_own_origin(*origin, rules)) ||
                            (site != nullptr && *site != "same-origin");
    if (is_foreign) return Refused{403, "a page of another site may not write here"};
    const bool knows_token = token != nullptr && is_same_secret(*token, rules.token);
    if (origin == nullptr && !knows_token) {
        return Refused{403,
                       fmt::format("set the header {} to the token of the address that `nightreel "
                                   "review` printed",
                                   token_header)};
    }
    const std::string* const type = request.header("Content-Type");
    const std::string_view kind = type == nullptr
                                      ? std::string_view()
                                      : trimmed(std::string_view(*type).substr(0, type->find(';')));
    if (kind == "application/json") return {};
    return Refused{415, "expected Content-Type: application/json"};
}

// Names between slashes; hidden ones hold keys and what is not finished.
std::optional<FileWanted> file_of(std::string_view path) {
    FileWanted file;
    file.as_folder = path.ends_with('/');
    if (file.as_folder) path.remove_suffix(1);
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view name = path.substr(0, end);
        if (name.empty() || name.starts_with('.')) return {};
        file.names.emplace_back(name);
        path.remove_prefix(end);
    }
    return file;
}

Route route_of_path(const Request& request, const std::string& path, const SiteRules& rules) {
    const bool is_reviews = path == "/reviews";
    const bool is_post = request.method == "POST";
    if (is_post && is_reviews) {
        if (auto refused = refused_post(request, rules)) return std::move(*refused);
        return ReviewsGiven{};
    }
    if (is_post || (request.method != "GET" && request.method != "HEAD")) {
        return Refused{405, "expected GET or HEAD; POST is for /reviews"};
    }
    if (is_reviews) return ReviewsWanted{};
    if (path == "/") return IndexWanted{};
    if (auto file = file_of(path)) return std::move(*file);
    return Refused{404, "there is no such file"};
}

}  // namespace

std::optional<std::string> decoded_path(std::string_view path) {
    std::string text;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '%') {
            text.push_back(path[i]);
            continue;
        }
        if (i + 2 >= path.size()) return {};
        const int high = hex_digit(path[i + 1]);
        const int low = hex_digit(path[i + 2]);
        if (high < 0 || low < 0) return {};
        text.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    const bool is_name = is_utf8(text) && !has_control_characters(text);
    if (!is_name || text.find('\\') != std::string::npos) return {};
    return text;
}

std::string encoded_path(std::string_view path) {
    constexpr std::string_view plain = "-._~/";
    std::string text;
    for (const char c : path) {
        const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                              (c >= 'A' && c <= 'Z') || plain.find(c) != std::string_view::npos;
        text +=
            is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return text;
}

Route route_of(const Request& request, const SiteRules& rules) {
    if (auto refused = refused_host(request, rules)) return std::move(*refused);
    if (request.target.size() > target_bytes_max) return Refused{414, "the address is too long"};
    if (!request.target.starts_with('/')) return Refused{400, "expected a path"};
    const std::string_view target = request.target;
    const auto path = decoded_path(target.substr(0, target.find_first_of("?#")));
    if (!path) return Refused{400, "the path is no valid encoding of a name"};
    return route_of_path(request, *path, rules);
}

RangeAnswer byte_range(std::string_view header, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit)) return {};
    const std::string_view text = trimmed(header.substr(unit.size()));
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return {};
    const std::string_view before = text.substr(0, dash);
    const std::string_view after = text.substr(dash + 1);
    const auto first = number_in(before);
    const auto last = number_in(after);
    if (before.empty()) {  // the last so many bytes
        if (!last) return {};
        if (*last == 0 || size == 0) return {.satisfiable = false};
        return {.range = ByteRange{size - std::min(*last, size), size - 1}};
    }
    if (!first || (!last && !after.empty()) || (last && *last < *first)) return {};
    if (*first >= size) return {.satisfiable = false};
    return {.range = ByteRange{*first, last ? std::min(*last, size - 1) : size - 1}};
}

bool names_tag(std::string_view header, std::string_view tag) {
    if (trimmed(header) == "*") return true;
    while (!header.empty()) {
        const std::size_t end = std::min(header.find(','), header.size());
        std::string_view one = trimmed(header.substr(0, end));
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag) return true;
        header.remove_prefix(std::min(end + 1, header.size()));
    }
    return false;
}

std::string_view media_type_of(std::string_view name) {
    constexpr auto types = std::to_array<std::pair<std::string_view, std::string_view>>(
        {{".html", "text/html; charset=utf-8"},
         {".js", "text/javascript; charset=utf-8"},
         {".css", "text/css; charset=utf-8"},
         {".json", "application/json"},
         {".jsonl", "application/jsonl"},
         {".csv", "text/csv; charset=utf-8"},
         {".txt", "text/plain; charset=utf-8"},
         {".yaml", "text/plain; charset=utf-8"},
         {".md", "text/plain; charset=utf-8"},
         {".svg", "image/svg+xml"},
         {".png", "image/png"},
         {".jpg", "image/jpeg"},
         {".jpeg", "image/jpeg"},
         {".webp", "image/webp"},
         {".exr", "image/x-exr"},
         {".mp4", "video/mp4"},
         {".mov", "video/quicktime"},
         {".mxf", "application/mxf"},
         {".webm", "video/webm"},
         {".wav", "audio/wav"},
         {".woff2", "font/woff2"}});
    for (const auto& [ending, type] : types) {
        if (name.ends_with(ending)) return type;
    }
    return "application/octet-stream";
}

}  // namespace nightreel::http
