// A request of any kind to the routes of `nightreel review`, and the documents that it may carry.
// Laws: a file that is wanted has names that are safe below any folder; who may write is a page of
// this server or knows the token; a range lies inside the file; a record that is read is read again
// from its own line.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "scheduler/http/route.h"
#include "shotspec/base/error.h"
#include "shotspec/review/review_exchange.h"
#include "shotspec/review/review_json.h"

namespace {

using namespace nightreel;

void require(bool holds) {
    if (!holds) std::abort();
}

// Lines are method, target, headers as NAME:VALUE; an empty one ends them; the rest is the body.
http::Request request_of(std::string_view text) {
    const auto line = [&] {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return std::string(one);
    };
    http::Request request{.method = line(), .target = line()};
    for (std::string header = line(); !header.empty(); header = line()) {
        const std::size_t colon = std::min(header.find(':'), header.size());
        request.headers.emplace_back(header.substr(0, colon),
                                     header.substr(std::min(colon + 1, header.size())));
    }
    request.body = text;
    return request;
}

void check_names(const http::FileWanted& file) {
    for (const std::string& name : file.names) {
        require(!name.empty() && name.front() != '.');
        require(name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos);
    }
}

void check_route(const http::Request& request) {
    const http::SiteRules rules{{"127.0.0.1:8731"}, "secret"};
    const http::Route route = http::route_of(request, rules);
    if (const auto* file = std::get_if<http::FileWanted>(&route)) check_names(*file);
    if (std::holds_alternative<http::Refused>(route)) return;
    require(*request.header("Host") == "127.0.0.1:8731");
    if (!std::holds_alternative<http::ReviewsGiven>(route)) return;
    const std::string* const origin = request.header("Origin");
    const std::string* const token = request.header(http::token_header);
    const bool is_own = origin != nullptr && *origin == "http://127.0.0.1:8731";
    require(is_own || (origin == nullptr && token != nullptr && *token == "secret"));
}

void check_range(const http::Request& request) {
    const std::string* const header = request.header("Range");
    if (header == nullptr) return;
    for (const std::uint64_t size : {0U, 1U, 1'000U}) {
        const http::RangeAnswer answer = http::byte_range(*header, size);
        if (!answer.range) continue;
        require(answer.range->first <= answer.range->last && answer.range->last < size);
    }
}

void check_records(const std::string& body) {
    for (const char* name : {"a.json", "a.csv"}) {
        try {
            const auto records = read_review_document(body, name);
            for (const ReviewRecord& record : records) {
                require(review_from_line(line_of(record), name) == record);
            }
            require(read_review_document(reviews_csv(records), "b.csv") == records);
        } catch (const Error&) {
            continue;  // refused
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const http::Request request = request_of(text);
    check_route(request);
    check_range(request);
    check_records(request.body);
    (void)http::media_type_of(request.target);
    return 0;
}
