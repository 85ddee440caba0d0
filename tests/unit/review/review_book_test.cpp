#include "shotspec/review/review_book.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "tests/unit/review/reviews_of.h"

namespace nightreel {
namespace {

// Several people about three takes, some at the same time, some twice under one id.
std::vector<ReviewRecord> many_records(std::mt19937& dice) {
    std::vector<ReviewRecord> records;
    for (std::uint32_t i = 1; i <= 60; ++i) {
        const int take = static_cast<int>(dice() % 3) + 1;
        const std::string by = dice() % 2 == 0 ? "anna" : "ben";
        ReviewRecord record = dice() % 2 == 0
                                  ? note_of(i, by, take)
                                  : verdict_of(i, static_cast<ReviewVerdict>(dice() % 4), by, take);
        if (dice() % 3 == 0) record.at = "2026-12-01T07:00:30.000Z";
        records.push_back(record);
        if (dice() % 8 != 0) continue;
        record.text = "the same id, another text";
        records.push_back(record);
    }
    return records;
}

ReviewBook book_of(const std::vector<ReviewRecord>& records) {
    ReviewBook book;
    for (const ReviewRecord& record : records) add(book, record);
    return book;
}

}  // namespace

TEST_CASE("in whatever order and however often records arrive, every take says the same",
          "[review]") {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        std::mt19937 dice(seed);
        std::vector<ReviewRecord> records = many_records(dice);
        const ReviewBook first = book_of(records);
        const auto said = take_reviews(first);
        const std::vector<ReviewRecord> some(records.begin(), records.begin() + 20);
        records.insert(records.end(), some.begin(), some.end());
        std::shuffle(records.begin(), records.end(), dice);
        CAPTURE(seed);
        ReviewBook again = book_of(records);
        REQUIRE(again == first);
        REQUIRE(take_reviews(again) == said);
        for (const ReviewRecord& record : records) REQUIRE_FALSE(add(again, record));
        for (const auto& [take, review] : said) REQUIRE(review_of(again, take) == review);
    }
}

TEST_CASE("the latest verdict of anybody stands, and notes are in order of time", "[review]") {
    const auto book = book_of({note_of(5),
                               verdict_of(4, ReviewVerdict::rejected, "ben"),
                               verdict_of(2, ReviewVerdict::approved, "anna"),
                               note_of(1, "ben"),
                               verdict_of(9, ReviewVerdict::approved, "anna", 2)});
    const auto reviews = take_reviews(book);
    REQUIRE(reviews.size() == 2);
    const TakeReview& one = reviews.at(digest_of("take 1"));
    CHECK(one.verdict() == ReviewVerdict::rejected);
    CHECK(one.standing->by == "ben");
    CHECK(one.verdicts.size() == 2);
    REQUIRE(one.notes.size() == 2);
    CHECK(one.notes.front().text == "note 1");
    CHECK(one.shot == "sq010_sh0010");
    CHECK(reviews.at(digest_of("take 2")).verdict() == ReviewVerdict::approved);
    CHECK(review_of(book, digest_of("take 3")).verdict() == ReviewVerdict::open);
}

TEST_CASE("open withdraws an earlier verdict", "[review]") {
    const auto book =
        book_of({verdict_of(1, ReviewVerdict::approved), verdict_of(2, ReviewVerdict::open)});
    const TakeReview review = review_of(book, digest_of("take 1"));
    CHECK(review.verdict() == ReviewVerdict::open);
    CHECK(review.standing->id == verdict_of(2, ReviewVerdict::open).id);
    CHECK(in_order(book).front().verdict == ReviewVerdict::approved);
}

}  // namespace nightreel
