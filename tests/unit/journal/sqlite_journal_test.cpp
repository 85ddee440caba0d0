#include "scheduler/journal/sqlite_journal.h"

#include <fstream>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "scheduler/journal/sqlite.h"
#include "shotspec/base/error.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/journal/sample_events.h"

using namespace nightreel;

namespace {

std::vector<Event> replayed(Journal& journal) {
    std::vector<Event> events;
    journal.replay([&](const Event& event) { events.push_back(event); });
    return events;
}

}  // namespace

TEST_CASE("what was appended is replayed in order by the next process", "[journal]") {
    const TemporaryFolder folder;
    const std::vector<Event> events = one_of_each_event();
    {
        SqliteJournal journal(folder.path() / "journal.sqlite");
        journal.append({{events.begin(), events.begin() + 5}, {}, {}});
        journal.append({{events.begin() + 5, events.end()}, {}, {}});
    }
    SqliteJournal journal(folder.path() / "journal.sqlite");
    CHECK(replayed(journal) == events);
}

TEST_CASE("orders and logs are found by their task until the job is forgotten", "[journal]") {
    const TemporaryFolder folder;
    SqliteJournal journal(folder.path() / "journal.sqlite");
    const TaskKey task{JobId{1}, 2};
    journal.append(
        {{}, {{task, "{\"kind\":1}"}}, {{{task, AttemptId{9}}, 2, "w", "/log", "tail"}}});
    CHECK(journal.order_of(task) == "{\"kind\":1}");
    CHECK_FALSE(journal.order_of(TaskKey{JobId{1}, 3}));
    REQUIRE(journal.logs_of(task).size() == 1);
    CHECK(journal.logs_of(task).front().tail == "tail");
    CHECK(journal.logs_of(task).front().number == 2);
    journal.append({{JobForgotten{Millis(1), JobId{1}}}, {}, {}});
    CHECK_FALSE(journal.order_of(task));
    CHECK(journal.logs_of(task).empty());
}

TEST_CASE("a statement that failed can be used again", "[journal]") {
    const TemporaryFolder folder;
    sqlite::Database database(folder.path() / "any.sqlite");
    database.run("CREATE TABLE numbers (number INTEGER PRIMARY KEY)");
    sqlite::Statement add(database, "INSERT INTO numbers VALUES (?)");
    add.bind(1, std::int64_t{7}).run();
    CHECK_THROWS_WITH(add.bind(1, std::int64_t{7}).run(), Catch::Contains("UNIQUE"));
    CHECK_NOTHROW(add.bind(1, std::int64_t{8}).run());
}

TEST_CASE("two schedulers cannot hold one journal", "[journal]") {
    const TemporaryFolder folder;
    const SqliteJournal first(folder.path() / "journal.sqlite");
    CHECK_THROWS_WITH(SqliteJournal(folder.path() / "journal.sqlite"),
                      Catch::Contains("another scheduler"));
}

TEST_CASE("a batch that cannot be written whole is not there, and the journal takes no more",
          "[journal]") {
    const TemporaryFolder folder;
    const TaskKey task{JobId{1}, 0};
    {
        SqliteJournal journal(folder.path() / "journal.sqlite");
        journal.append({{}, {{task, "first"}}, {}});
        // the second order of one task breaks the batch after its events were inserted
        CHECK_THROWS_AS(journal.append({one_of_each_event(), {{task, "second"}}, {}}), Error);
        CHECK_THROWS_AS(journal.append({one_of_each_event(), {}, {}}), Error);
    }
    SqliteJournal journal(folder.path() / "journal.sqlite");
    CHECK(replayed(journal).empty());
    CHECK(journal.order_of(task) == "first");
}

TEST_CASE("a process killed while appending leaves whole batches", "[journal]") {
    constexpr std::size_t batch_size = 7;
    const TemporaryFolder folder;
    const auto path = folder.path() / "journal.sqlite";
    for (int round = 0; round < 5; ++round) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            SqliteJournal journal(path);
            for (;;)
                journal.append(
                    {std::vector<Event>(batch_size, WorkerSeen{Millis(1), {"w"}}), {}, {}});
        }
        ::usleep(20'000 + 9'000 * static_cast<unsigned>(round));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        SqliteJournal journal(path);
        CHECK(replayed(journal).size() % batch_size == 0);
    }
    SqliteJournal journal(path);
    CHECK(replayed(journal).size() > 0);
}

TEST_CASE("damage and files of newer releases are refused with a remedy", "[journal]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "journal.sqlite";
    std::ofstream(path) << std::string(8192, 'x');
    try {
        SqliteJournal journal(path);
        FAIL("opened");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK_THAT(error.what(), Catch::Contains("journal.sqlite"));
    }
}
