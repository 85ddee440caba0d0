// Journals of earlier releases, as they were written: what they say must never change its meaning.

#include <fstream>

#include <catch2/catch.hpp>

#include "scheduler/farm/farm.h"
#include "scheduler/farm/indices.h"
#include "scheduler/journal/event_json.h"
#include "scheduler/journal/sqlite_journal.h"
#include "shotspec/describe/fields_json.h"
#include "tests/support/temporary_folder.h"

using namespace nightreel;
namespace fs = std::filesystem;

namespace {

const fs::path old_journals = "tests/unit/journal/journals";

}  // namespace

TEST_CASE("a journal of protocol 1 replays to the farm that it was", "[journal]") {
    const TemporaryFolder folder;
    fs::copy_file(old_journals / "protocol_1.sqlite", folder.path() / "journal.sqlite");
    SqliteJournal journal(folder.path() / "journal.sqlite");
    Farm farm;
    journal.replay([&](const Event& event) { evolve(farm, event); });
    REQUIRE(farm.jobs.size() == 3);
    for (const auto& [id, job] : farm.jobs) {
        CHECK(state_of(job) == JobState::done);
        CHECK(job.submitter == "operator");
        CHECK(journal.order_of({id, 0}));
    }
    CHECK(farm.jobs.at(JobId{3}).priority == 5);
    CHECK(farm.last_attempt == AttemptId{23});
    Farm anew = farm;
    rebuild_indices(anew);
    CHECK(anew == farm);
}

TEST_CASE("each event of protocol 1 is read with all that it said", "[journal]") {
    std::ifstream file(old_journals / "protocol_1_events.txt");
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line); ++lines) {
        const std::size_t space = line.find(' ');
        const std::string name = line.substr(0, space);
        const std::string body = line.substr(space + 1);
        INFO(name);
        // Written again, every field is there with its value; new ones may stand beside them.
        const Json before = Json::parse(body);
        const Json after = Json::parse(body_of(event_from(name, body)));
        for (const auto& [key, value] : before.items()) {
            if (key != "tasks") CHECK(after.at(key) == value);
        }
    }
    CHECK(lines == 22);
}
