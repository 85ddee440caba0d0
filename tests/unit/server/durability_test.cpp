// Nobody is told a fact before it is on disk.

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/unit/server/served.h"

namespace nightreel {
namespace {

TaskGraph one_task() {
    PlannedTask task;
    task.name = "sh.encode";
    task.order = EncodeOrder{};
    task.digest = digest_of(task.order);
    return {{task}};
}

}  // namespace

TEST_CASE("when the journal fails, nobody is answered and the server ends", "[server]") {
    const auto failure = GENERATE(AppendFailure::nothing_written, AppendFailure::all_written);
    MemoryJournal journal;
    {
        // Of the end: begin and tasks are batches of their own.
        Served served(journal, {}, failure, 2);
        wire::Client client = served.client(Millis{1'500});
        client.list(wire::ListJobs{});  // connected, so that only the journal can be at fault
        CHECK_THROWS_AS(client.submit({"key", "night", 0}, one_task()), Error);
        served.thread.join();
        CHECK_THAT(served.fault, Catch::Contains("disk is full"));
    }
    // Whether it was written or not: submitted again, it is there once.
    Served again(journal);
    wire::Client client = again.client(Millis{5'000});
    const wire::Submitted submitted = client.submit({"key", "night", 0}, one_task());
    CHECK(submitted.known == (failure == AppendFailure::all_written));
    // What had only half arrived is dropped, and its number with it.
    CHECK(submitted.job == (failure == AppendFailure::all_written ? 1 : 2));
}

TEST_CASE("a server that starts again knows what it was told", "[server]") {
    MemoryJournal journal;
    std::uint64_t job = 0;
    {
        Served served(journal);
        wire::Client client = served.client(Millis{5'000});
        job = client.submit({"key", "night", 0}, one_task()).job;
        client.ask(wire::SetPriority{job, 9});
    }
    Served again(journal);
    wire::Client client = again.client(Millis{5'000});
    CHECK(client.submit({"key", "night", 0}, one_task()).job == job);
    CHECK_THAT(client.list(wire::ListJobs{}).text, Catch::Contains("\"priority\":9"));
}

TEST_CASE("questions alone write nothing", "[server]") {
    MemoryJournal journal;
    Served served(journal, {}, AppendFailure::nothing_written);  // the first append would end it
    wire::Client client = served.client(Millis{5'000});
    for (int i = 0; i < 20; ++i) client.list(wire::ListWorkers{});
    CHECK_THROWS_WITH(client.list(wire::GetStatus{77, "", 0}), Catch::Contains("77"));
    client.list(wire::ListJobs{});
    served.stop.raise();
    served.thread.join();
    CHECK(served.fault.empty());
}

}  // namespace nightreel
