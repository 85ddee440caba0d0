#include "shotspec/review/review_book.h"

#include <algorithm>
#include <tuple>

#include "shotspec/review/review_json.h"

namespace nightreel {
namespace {

void tell(TakeReview& review, const ReviewRecord& record) {
    if (review.show.empty()) {
        review.show = record.show;
        review.shot = record.shot;
        review.version = record.version;
        review.take_number = record.take_number;
    }
    if (record.kind == ReviewKind::note) {
        review.notes.push_back(record);
        return;
    }
    review.verdicts.push_back(record);
    review.standing = record;
}

}  // namespace

bool is_news(const ReviewBook& book, const ReviewRecord& record) {
    const auto known = book.records.find(record.id);
    if (known == book.records.end()) return true;
    return known->second != record && line_of(record) < line_of(known->second);
}

bool add(ReviewBook& book, const ReviewRecord& record) {
    if (!is_news(book, record)) return false;
    book.records.insert_or_assign(record.id, record);
    return true;
}

std::vector<ReviewRecord> in_order(const ReviewBook& book) {
    std::vector<ReviewRecord> records;
    records.reserve(book.records.size());
    for (const auto& [id, record] : book.records) records.push_back(record);
    std::ranges::stable_sort(
        records, {}, [](const ReviewRecord& record) { return std::tie(record.at, record.id); });
    return records;
}

ReviewVerdict TakeReview::verdict() const {
    return standing ? standing->verdict.value_or(ReviewVerdict::open) : ReviewVerdict::open;
}

std::map<Digest, TakeReview> take_reviews(const ReviewBook& book) {
    std::map<Digest, TakeReview> reviews;
    for (const ReviewRecord& record : in_order(book)) tell(reviews[record.take], record);
    return reviews;
}

TakeReview review_of(const ReviewBook& book, const Digest& take) {
    ReviewBook of_take;
    for (const auto& [id, record] : book.records) {
        if (record.take == take) of_take.records.emplace(id, record);
    }
    const auto reviews = take_reviews(of_take);
    return reviews.empty() ? TakeReview() : reviews.begin()->second;
}

}  // namespace nightreel
