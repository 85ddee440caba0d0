// Nobody is told a fact before it is on disk.

#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "scheduler/protocol/client.h"
#include "scheduler/server/server.h"
#include "tests/support/memory_journal.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

// A server on a thread, over a journal that outlives it.
struct Served {
    // `failure` is what becomes of the first append after the server has started.
    explicit Served(MemoryJournal& journal, AppendFailure failure = AppendFailure::none) {
        config.endpoint = "ipc://" + (folder.path() / "socket").string();
        config.keys = wire::make_key_pair();
        config.allowed.add(ada.public_key, {"ada", wire::Role::admin});
        server = std::make_unique<Server>(config, journal, clock, log);
        journal.fail_next_append(failure);
        thread = std::thread([this] {
            try {
                server->run(stop);
            } catch (const Error& error) {
                fault = error.what();
            }
            server.reset();
        });
    }

    ~Served() {
        stop.raise();
        if (thread.joinable()) thread.join();
    }

    wire::Client client(Millis patience) const {
        return {{config.endpoint, config.keys.public_key}, ada, clock, patience};
    }

    SystemClock clock;
    Log log{clock, nullptr};
    TemporaryFolder folder;
    wire::KeyPair ada = wire::make_key_pair();
    ServerConfig config;
    StopRequest stop;
    std::unique_ptr<Server> server;
    std::string fault;
    std::thread thread;
};

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
        Served served(journal, failure);
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
    CHECK(submitted.job == 1);
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
    Served served(journal, AppendFailure::nothing_written);  // the first append would end it
    wire::Client client = served.client(Millis{5'000});
    for (int i = 0; i < 20; ++i) client.list(wire::ListWorkers{});
    CHECK_THROWS_WITH(client.list(wire::GetStatus{77, "", 0}), Catch::Contains("77"));
    client.list(wire::ListJobs{});
    served.stop.raise();
    served.thread.join();
    CHECK(served.fault.empty());
}

}  // namespace nightreel
