#include "scheduler/journal/event_json.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/unit/journal/sample_events.h"

using namespace nightreel;

TEST_CASE("every event survives the way through the journal's text", "[journal]") {
    const std::vector<Event> events = one_of_each_event();
    REQUIRE(events.size() == std::variant_size_v<Event>);
    for (std::size_t i = 0; i < events.size(); ++i) {
        INFO(name_of(events[i]));
        CHECK(events[i].index() == i);
        CHECK(event_from(name_of(events[i]), body_of(events[i])) == events[i]);
    }
}

TEST_CASE("fields of a newer release are passed over and missing ones have defaults", "[journal]") {
    CHECK(event_from("job_paused/1", R"({"at": 5, "job": {"id": 2}, "mood": "bright"})") ==
          Event(JobPaused{Millis(5), JobId{2}, {}}));
    CHECK(event_from("job_paused/1", "{}") == Event(JobPaused{}));
}

TEST_CASE("a body that does not fit is damage and is called so", "[journal]") {
    for (const char* body :
         {"", "[]", R"({"job": 7})", R"({"at": "noon"})", R"({"job": {"id": "x"}})"}) {
        try {
            event_from("job_paused/1", body);
            FAIL("accepted " << body);
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::corrupt);
            CHECK_THAT(error.what(), Catch::Contains("job_paused/1"));
        }
    }
    CHECK_THROWS_WITH(event_from("job_sang/1", "{}"), Catch::Contains("newer"));
}
