#pragma once
// What a request asks for, decided from its text alone. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scheduler/http/message.h"

namespace nightreel::http {

// Limits of a request; what is longer is refused.
inline constexpr std::size_t target_bytes_max = 2048;
inline constexpr std::size_t header_bytes_max = 16 * 1024;
inline constexpr std::size_t body_bytes_max = std::size_t{4} << 20;

inline constexpr const char* token_header = "X-Nightreel-Token";

struct SiteRules {
    // "127.0.0.1:8080": a request for another host comes from a page of elsewhere, whose name was
    // made to lead here (DNS rebinding).
    std::vector<std::string> hosts;
    std::string token;  // of the address that was opened
};

// The list of dailies.
struct IndexWanted {};

// A file or folder below the root, by names that are safe: not empty, not hidden, no "..".
struct FileWanted {
    std::vector<std::string> names;
    bool as_folder = false;  // the target ends with '/'
};

// The records of all writers.
struct ReviewsWanted {};

// Records to add, as JSON.
struct ReviewsGiven {};

struct Refused {
    int status = 400;
    std::string why;
};

using Route = std::variant<IndexWanted, FileWanted, ReviewsWanted, ReviewsGiven, Refused>;

// GET and HEAD of anything, POST of /reviews. Who posts must be a page of this server (Origin) or
// know the token, and send JSON, which a page of another site cannot do without being asked first
// (CORS).
Route route_of(const Request& request, const SiteRules& rules);

// "%20" and the like in a path; nothing where it is no valid encoding of UTF-8 text without control
// characters.
std::optional<std::string> decoded_path(std::string_view path);

// The other way, for addresses; '/' stays.
std::string encoded_path(std::string_view path);

// First and last byte of a file of `size` bytes.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    std::uint64_t bytes() const { return last - first + 1; }
};

struct RangeAnswer {
    bool satisfiable = true;
    std::optional<ByteRange> range = {};  // nothing: the whole file
};

// The header Range (RFC 9110, section 14): one range of bytes. What is no such thing, and several
// ranges, are answered with the whole file, as the standard allows.
RangeAnswer byte_range(std::string_view header, std::uint64_t size);

// Whether If-None-Match names this entity tag: the weak comparison of RFC 9110.
bool names_tag(std::string_view header, std::string_view tag);

// "video/mp4" of "take01.mp4"
std::string_view media_type_of(std::string_view name);

}  // namespace nightreel::http
