// What people said about takes, between the journal and the output roots.

#include "scheduler/server/loop/server.h"
#include "scheduler/server/row_list.h"
#include "shotspec/base/host_name.h"
#include "shotspec/review/review_json.h"

namespace nightreel {

ListingPage list_reviews(const ReviewBook& book, std::uint64_t first) {
    RowList rows(listing_bytes_max);
    std::uint64_t number = 0;
    std::uint64_t next = 0;
    for (const auto& [id, record] : book.records) {
        if (number++ < first || rows.add(json_of(record))) continue;
        next = number - 1;
        break;
    }
    return {Json{{"format", listing_format}, {"notes", rows.take()}}.dump(), next};
}

void Server::make_review_mirror() {
    std::vector<std::filesystem::path> roots;
    for (const auto& [name, path] : config_.roots) roots.emplace_back(path);
    review_mirror_.reset();
    if (roots.empty()) return;
    review_mirror_ = std::make_unique<ReviewMirror>(std::move(roots), host_name());
    review_mirror_->write(in_order(farm_.reviews));
}

void Server::take_found_reviews() {
    if (!review_mirror_) return;
    for (const std::string& fault : review_mirror_->take_faults()) {
        warn("reviews_not_mirrored", "", fault);
    }
    const std::vector<ReviewRecord> found = review_mirror_->take_found(ReviewMirror::found_max);
    if (!found.empty()) carry_out(AddReviews{"files", found});
}

}  // namespace nightreel
