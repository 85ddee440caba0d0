#pragma once
// Answers of `nightreel review`: files of an output folder, and what people say about its takes
// (docs/notes.md). Owned by one thread, that of the server.

#include <filesystem>
#include <string>

#include "scheduler/http/message.h"
#include "scheduler/http/route.h"
#include "shotspec/base/clock.h"
#include "shotspec/review/review_files.h"

namespace nightreel::http {

// Records of one request, and how far the clock of who wrote them may be ahead.
inline constexpr std::size_t given_records_max = 1'000;
inline constexpr Millis ahead_max{24 * 60 * 60 * 1000};

class ReviewSite {
  public:
    // `output` is absolute and exists; `clock` outlives this. `host` is the name of this machine.
    ReviewSite(std::filesystem::path output, SiteRules rules, const Clock& clock, std::string host);

    // Never throws an Error: faults are responses.
    Response answer(const Request& request);

  private:
    Response answer_route(const IndexWanted&, const Request& request);
    Response answer_route(const FileWanted& wanted, const Request& request);
    Response answer_route(const ReviewsWanted&, const Request& request);
    Response answer_route(const ReviewsGiven&, const Request& request);
    Response answer_route(const Refused& refused, const Request& request);

    void refresh();
    std::vector<ReviewRecord> given_records(const std::string& body);

    std::filesystem::path output_;
    SiteRules rules_;
    const Clock& clock_;
    std::string host_;
    ReviewReader reader_;
    std::string reviews_text_;  // of all records that the reader has seen
    std::string reviews_tag_;
};

}  // namespace nightreel::http
