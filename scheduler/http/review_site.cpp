#include "scheduler/http/review_site.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "scheduler/http/site_file.h"
#include "shotspec/base/error.h"
#include "shotspec/review/review_exchange.h"

namespace fs = std::filesystem;

namespace nightreel::http {
namespace {

constexpr const char* page_name = "index.html";

std::string escaped_html(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '&':
                escaped += "&amp;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            default:
                escaped.push_back(c);
        }
    }
    return escaped;
}

std::vector<std::string> folder_names(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code fault;
    for (fs::directory_iterator entry(folder, fault), end; !fault && entry != end;
         entry.increment(fault)) {
        const std::string name = entry->path().filename().string();
        std::error_code ignored;
        if (!name.starts_with('.') && entry->is_directory(ignored)) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

// Folders of dailies that have a page, the newest of each show first.
std::vector<std::string> pages_below(const fs::path& output) {
    std::vector<std::string> pages;
    for (const std::string& show : folder_names(output)) {
        std::vector<std::string> nights = folder_names(output / show / "dailies");
        std::ranges::reverse(nights);
        for (const std::string& night : nights) {
            if (night == "latest") continue;  // a link to one of the others
            std::error_code ignored;
            const fs::path page = fs::path(show) / "dailies" / night / page_name;
            if (fs::is_regular_file(output / page, ignored)) pages.push_back(page.string());
        }
    }
    return pages;
}

std::string index_page(const std::vector<std::string>& pages) {
    std::string list;
    for (const std::string& page : pages) {
        const std::string name = fs::path(page).parent_path().string();
        list += fmt::format("<li><a href=\"/{}\">{}</a></li>\n",
                            escaped_html(encoded_path(page)),
                            escaped_html(name));
    }
    if (list.empty()) list = "<li>no night has written dailies with a page here</li>\n";
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"color-scheme\" "
        "content=\"light dark\">\n<title>Nightreel: dailies</title>\n<h1>Dailies</h1>\n"
        "<ul>\n{}</ul>\n</html>\n",
        list);
}

// A file, or the part that is asked for, or word that the browser has it already.
Response file_response(const SiteFile& found, const Request& request) {
    Response response{.headers = {{"Content-Type", std::string(media_type_of(found.name))},
                                  {"ETag", found.tag},
                                  {"Accept-Ranges", "bytes"},
                                  {"Cache-Control", "no-cache"}}};
    const std::string* const known = request.header("If-None-Match");
    if (known != nullptr && names_tag(*known, found.tag)) {
        response.status = 304;
        return response;
    }
    const std::string* const range = request.header("Range");
    const std::string* const only_if = request.header("If-Range");
    const bool is_asked = range != nullptr && (only_if == nullptr || *only_if == found.tag);
    const RangeAnswer part = is_asked ? byte_range(*range, found.bytes) : RangeAnswer();
    if (!part.satisfiable) {
        response.status = 416;
        response.headers.emplace_back("Content-Range", fmt::format("bytes */{}", found.bytes));
        return response;
    }
    response.file = FilePart{found.file, 0, found.bytes};
    if (!part.range) return response;
    response.status = 206;
    response.file = FilePart{found.file, part.range->first, part.range->bytes()};
    response.headers.emplace_back(
        "Content-Range",
        fmt::format("bytes {}-{}/{}", part.range->first, part.range->last, found.bytes));
    return response;
}

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::bad_input:
            return 400;
        case ErrorKind::not_allowed:
            return 403;
        case ErrorKind::unavailable:
            return 503;
        default:
            return 500;
    }
}

}  // namespace

ReviewSite::ReviewSite(fs::path output, SiteRules rules, const Clock& clock, std::string host)
    : output_(std::move(output)),
      rules_(std::move(rules)),
      clock_(clock),
      host_(std::move(host)),
      reader_(output_) {}

Response ReviewSite::answer(const Request& request) {
    try {
        return std::visit([&](const auto& route) { return answer_route(route, request); },
                          route_of(request, rules_));
    } catch (const Error& error) {
        return text_response(status_of(error.kind()), fmt::format("{}\n", error.what()));
    }
}

Response ReviewSite::answer_route(const Refused& refused, const Request&) {
    Response response = text_response(refused.status, refused.why + "\n");
    if (refused.status == 405) response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
}

Response ReviewSite::answer_route(const IndexWanted&, const Request&) {
    return text_response(200, index_page(pages_below(output_)), "text/html");
}

Response ReviewSite::answer_route(const FileWanted& wanted, const Request& request) {
    Found found = find_below(output_, wanted.names);
    if (found.is_folder) {
        std::vector<std::string> names = wanted.names;
        names.emplace_back(page_name);
        found = find_below(output_, names);
        if (found.file && !wanted.as_folder) {
            std::string place;
            for (const std::string& name : wanted.names) place += "/" + encoded_path(name);
            Response moved = text_response(301, "");
            moved.headers.emplace_back("Location", place + "/");
            return moved;
        }
    } else if (wanted.as_folder) {
        found = {};
    }
    if (!found.file) return text_response(404, "there is no such file\n");
    return file_response(*found.file, request);
}

// Written again only when there is something new.
void ReviewSite::refresh() {
    if (!reader_.refresh() && !reviews_tag_.empty()) return;
    reviews_text_ = reviews_json(in_order(reader_.book()));
    reviews_tag_ = fmt::format("\"{}\"", digest_of(reviews_text_).short_hex());
}

// The tag is that of the text: a page that asks again and again gets it only when it has changed.
Response ReviewSite::answer_route(const ReviewsWanted&, const Request& request) {
    refresh();
    Response response{.headers = {{"Content-Type", "application/json"},
                                  {"Cache-Control", "no-cache"},
                                  {"ETag", reviews_tag_}}};
    const std::string* const known = request.header("If-None-Match");
    if (known != nullptr && names_tag(*known, reviews_tag_)) {
        response.status = 304;
    } else {
        response.text = reviews_text_;
    }
    return response;
}

std::vector<ReviewRecord> ReviewSite::given_records(const std::string& body) {
    std::vector<ReviewRecord> records = read_review_document(body, "the request");
    if (records.size() > given_records_max) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("more than {} records in one request", given_records_max));
    }
    const std::string latest = utc_text(clock_.wall() + ahead_max);
    for (const ReviewRecord& record : records) {
        if (find_below(output_, {record.show}).is_folder && record.at <= latest) continue;
        throw Error(ErrorKind::bad_input,
                    record.at > latest
                        ? fmt::format("at: {} is ahead of this machine's clock", record.at)
                        : fmt::format("show: there is no show {} here", record.show));
    }
    return records;
}

Response ReviewSite::answer_route(const ReviewsGiven&, const Request& request) {
    const std::vector<ReviewRecord> given = given_records(request.body);
    refresh();
    ReviewBook book = reader_.book();
    std::vector<ReviewRecord> fresh;
    for (const ReviewRecord& record : given) {
        if (add(book, record)) fresh.push_back(record);
    }
    append_reviews(output_, fresh, host_);
    return text_response(
        200, fmt::format("{{\"format\":1,\"added\":{}}}\n", fresh.size()), "application/json");
}

}  // namespace nightreel::http
