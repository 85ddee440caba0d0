// Verdicts and notes through a real server.
#include <filesystem>

#include <catch2/catch.hpp>

#include "shotspec/describe/fields_json.h"
#include "shotspec/review/review_json.h"
#include "tests/unit/review/reviews_of.h"
#include "tests/unit/server/served.h"

namespace nightreel {
namespace {

std::vector<ReviewRecord> listed(wire::Client& client) {
    std::vector<ReviewRecord> records;
    std::uint64_t first = 0;
    do {
        const wire::Listing page = client.list(wire::GetReviews{first});
        const Json listing = parse_json(page.text, "listing");
        for (const Json& note : listing.at("notes")) records.push_back(review_from(note, "note"));
        first = page.next;
    } while (first != 0);
    return records;
}

}  // namespace

TEST_CASE("who may approve adds records, everybody who may look sees them, also after a restart",
          "[server][review]") {
    MemoryJournal journal;
    {
        Served served(journal);
        auto ada = served.client_of(served.ada, Millis{10'000});
        auto sam = served.client_of(served.sam, Millis{10'000});
        CHECK_THROWS_WITH(sam.ask(wire::AddReviews{{note_of(1)}}), Catch::Contains("approve"));
        CHECK(listed(sam).empty());
        const auto reply = ada.ask(wire::AddReviews{{note_of(1), drawn_note(2), note_of(1)}});
        CHECK(std::get<wire::Changed>(reply).tasks == 2);
        ReviewRecord wrong = note_of(3);
        wrong.by = "";
        CHECK_THROWS_WITH(ada.ask(wire::AddReviews{{wrong}}), Catch::Contains("by:"));
        CHECK_THROWS_WITH(ada.ask(wire::AddReviews{std::vector<ReviewRecord>(101, note_of(4))}),
                          Catch::Contains("101 records"));
    }
    Served served(journal);
    auto vera = served.client_of(served.vera, Millis{10'000});
    CHECK(listed(vera) == std::vector<ReviewRecord>{note_of(1), drawn_note(2)});
}

TEST_CASE("a listing of many records goes on page by page", "[server][review]") {
    MemoryJournal journal;
    Served served(journal);
    auto ada = served.client_of(served.ada, Millis{10'000});
    for (std::uint32_t first = 0; first < 300; first += 100) {
        std::vector<ReviewRecord> records;
        for (std::uint32_t i = 1; i <= 100; ++i) {
            records.push_back(note_of(first + i));
            records.back().text = std::string(4'000, 'a');
        }
        ada.ask(wire::AddReviews{records});
    }
    CHECK(ada.list(wire::GetReviews{0}).next > 0);
    CHECK(listed(ada).size() == 300);
}

}  // namespace nightreel
