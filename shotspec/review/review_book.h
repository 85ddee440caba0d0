#pragma once
// What all records together say about each take. A fold without order: records may arrive in any
// order, from several writers, and any number of times. Plain values and pure functions, any
// thread.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/review/review_record.h"

namespace nightreel {

// Every record once, by its id.
struct ReviewBook {
    std::map<std::string, ReviewRecord> records = {};

    friend bool operator==(const ReviewBook&, const ReviewBook&) = default;
};

// Whether the book says something else after it than before.
bool is_news(const ReviewBook& book, const ReviewRecord& record);

// Adds it; true when it was news. Of two records with one id, which no
// program writes, the one whose line is smaller as text stays, whichever comes first.
bool add(ReviewBook& book, const ReviewRecord& record);

// By time, then by id.
std::vector<ReviewRecord> in_order(const ReviewBook& book);

struct TakeReview {
    std::string show;
    std::string shot;
    std::int32_t version = 1;
    std::int32_t take_number = 1;
    std::optional<ReviewRecord> standing = {};  // the latest verdict of anybody; open: none is left
    std::vector<ReviewRecord> verdicts = {};    // all, in order
    std::vector<ReviewRecord> notes = {};       // in order

    ReviewVerdict verdict() const;  // open when nobody gave one

    friend bool operator==(const TakeReview&, const TakeReview&) = default;
};

// By the digest of the take.
std::map<Digest, TakeReview> take_reviews(const ReviewBook& book);

// Of one take.
TakeReview review_of(const ReviewBook& book, const Digest& take);

}  // namespace nightreel
