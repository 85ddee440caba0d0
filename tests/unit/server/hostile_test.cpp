// What one peer can do to the scheduler and to the others: over real sockets.

#include <limits>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <zmq.h>

#include "scheduler/protocol/codec.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/server/served.h"

namespace nightreel {
namespace {

constexpr Millis patience{20'000};

TaskGraph tasks_named(const std::string& shot, int count) {
    TaskGraph graph;
    for (int i = 0; i < count; ++i) {
        PlannedTask task;
        task.name = fmt::format("{}.take01.encode{}", shot, i);
        EncodeOrder order;
        order.prompts = {task.name};
        task.order = order;
        task.digest = digest_of(task.order);
        graph.tasks.push_back(task);
    }
    return graph;
}

// A worker of this test: says what it is told to.
class Line {
  public:
    Line(const Served& served, const wire::KeyPair& keys)
        : clock_(served.clock), connection_(served.address(), keys) {}

    // Until an answer of the kind comes; again and again, as a worker does.
    template <class Reply>
    Reply say(const wire::WorkerMessage& message) {
        const Millis until = clock_.steady() + patience;
        while (clock_.steady() < until) {
            connection_.send(wire::encode(message));
            for (int i = 0; i < 20; ++i) {
                zmq_pollitem_t item{connection_.handle(), 0, ZMQ_POLLIN, 0};
                zmq_poll(&item, 1, 10);
                while (const auto bytes = connection_.receive()) {
                    const auto reply = wire::decode<wire::SchedulerMessage>(*bytes).message;
                    if (const auto* wanted = std::get_if<Reply>(&reply)) return *wanted;
                }
            }
        }
        throw Error(ErrorKind::timed_out, "no such answer");
    }

    void tell(const wire::WorkerMessage& message) { connection_.send(wire::encode(message)); }

    wire::Attempt lease() {
        say<wire::Welcome>(wire::Hello{session, "host", 1 << 30, {}, {}});
        return say<wire::Lease>(wire::AskForWork{session, {}}).attempt;
    }

    static constexpr std::uint64_t session = 7;

  private:
    const Clock& clock_;
    wire::Connection connection_;
};

std::string status_of(wire::Client& client, std::uint64_t job) {
    return client.list(wire::GetStatus{job, "", 0}).text;
}

}  // namespace

TEST_CASE("a refusal that repeats a megabyte is sent, and the scheduler goes on", "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client client = served.client(patience);
    const std::string path(wire::message_bytes_max - 200, 'x');
    CHECK_THROWS_WITH(client.list(wire::GetStatus{1, path, 0}), Catch::Contains("no job 1"));
    CHECK_THROWS_WITH(client.ask(wire::ManageWorker{std::string(900'000, '\x1b'), "online"}),
                      Catch::Contains("no worker"));
    CHECK_THROWS_WITH(client.ask(wire::ManageWorker{"w0", std::string(900'000, 'y')}),
                      Catch::Contains("invalid mode"));
    CHECK_NOTHROW(client.list(wire::ListJobs{}));
    served.stop.raise();
    served.thread.join();
    CHECK(served.fault.empty());
}

TEST_CASE("a fault while facts are made ends the scheduler; the third time it is refused",
          "[server]") {
    const TemporaryFolder folder;
    MemoryJournal journal;
    // The number of the next job is 0, which is no new job.
    JobSubmitted last;
    last.job = JobId{std::numeric_limits<std::uint64_t>::max()};
    last.submission = "last";
    last.tasks.resize(1);
    last.tasks[0].name = "sh";
    last.tasks[0].digest = digest_of("sh");
    journal.append({{last}, {}, {}});
    const std::size_t events = journal.events().size();
    const wire::ClientRequest request = wire::SubmitBegin{"key", "night", 0, 1};
    for (int end = 1; end <= FaultBook::ends_tolerated; ++end) {
        Served served(journal, folder.path() / "journal");
        wire::Connection connection(served.address(), served.ada);
        while (!served.ended) {
            connection.send(wire::encode(request, 1));
            zmq_pollitem_t item{connection.handle(), 0, ZMQ_POLLIN, 0};
            zmq_poll(&item, 1, 10);
        }
        CHECK_THAT(served.fault, Catch::Contains("job 0 is known already"));
        CHECK(journal.events().size() == events);  // nothing of it became durable
    }
    Served served(journal, folder.path() / "journal");
    wire::Client client = served.client(patience);
    CHECK_THROWS_WITH(client.ask(request), Catch::Contains("ended the scheduler"));
    CHECK_NOTHROW(client.list(wire::ListJobs{}));
}

TEST_CASE("only the holder of a lease says how far its task is", "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client client = served.client(patience);
    const std::uint64_t job = client.submit({"key", "night", 0}, tasks_named("sh", 1)).job;
    Line holder(served, served.workers[0]);
    const wire::Attempt attempt = holder.lease();
    Line forger(served, served.workers[1]);
    forger.say<wire::Welcome>(wire::Hello{Line::session, "host", 1 << 30, {}, {}});
    forger.say<wire::Verdicts>(wire::KeepAlive{Line::session, {{attempt, 0.9, "FORGED", 0, ""}}});
    CHECK_THAT(status_of(client, job), !Catch::Contains("FORGED"));
    holder.say<wire::Verdicts>(
        wire::KeepAlive{Line::session, {{attempt, 0.5, "step\x1b[2J 5", 0, ""}}});
    CHECK_THAT(status_of(client, job), Catch::Contains("step[2J 5"));
}

TEST_CASE("a followed log arrives while its task runs, under the number of its attempt",
          "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client client = served.client(patience);
    const std::uint64_t job = client.submit({"key", "night", 0}, tasks_named("sh", 1)).job;
    Line worker(served, served.workers[0]);
    const wire::Attempt attempt = worker.lease();
    const auto alive = [&](std::uint64_t offset, const std::string& chunk) {
        const auto verdicts = worker.say<wire::Verdicts>(
            wire::KeepAlive{Line::session, {{attempt, 0.1, "", offset, chunk}}});
        return verdicts.attempts.at(0).follow;
    };
    CHECK_FALSE(alive(0, "nobody reads this\n"));
    const auto logs = [&](bool follow) {
        const wire::Listing page = client.list(wire::GetLogs{job, "sh", 0, follow});
        return parse_json(page.text, "logs")["logs"];
    };
    REQUIRE(logs(true).size() == 1);
    CHECK(alive(20, "step 1\r\n"));
    alive(28, "step 2\n");
    const Json live = logs(true)[0];
    CHECK(live["running"] == true);
    CHECK(live["attempt"] == 1);
    CHECK(live["offset"] == 20);
    CHECK(live["tail"] == "step 1 \nstep 2\n");
    worker.say<wire::Verdicts>(wire::Failed{Line::session,
                                            attempt,
                                            "crash",
                                            "it broke",
                                            wire::FailureCause::task,
                                            {},
                                            {"/w/log", "the end"}});
    const Json left = logs(false);
    REQUIRE(left.size() == 1);
    CHECK(left[0]["attempt"] == 1);
    CHECK(left[0]["running"] == false);
    CHECK(left[0]["tail"] == "the end");
}

TEST_CASE("submitters end, pause, retry and delete what is theirs, and nothing else", "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client ada = served.client(patience);
    wire::Client sam = served.client_of(served.sam, patience);
    wire::Client vera = served.client_of(served.vera, patience);
    const std::uint64_t others = ada.submit({"a", "night", 0}, tasks_named("sh", 2)).job;
    const std::uint64_t own = sam.submit({"b", "night", 0}, tasks_named("sh", 2)).job;
    CHECK_THROWS_WITH(sam.ask(wire::Pause{others}), Catch::Contains("requires operate"));
    CHECK_THROWS_WITH(sam.ask(wire::SetPriority{own, 9}), Catch::Contains("requires operate"));
    CHECK_THROWS_WITH(vera.ask(wire::Cancel{own, ""}), Catch::Contains("requires operate"));
    CHECK_NOTHROW(sam.ask(wire::Pause{own}));
    CHECK_NOTHROW(sam.ask(wire::Resume{own}));
    CHECK_NOTHROW(sam.ask(wire::Cancel{own, ""}));
    CHECK_NOTHROW(sam.ask(wire::Retry{own, "sh", false}));
    CHECK_NOTHROW(sam.ask(wire::Cancel{own, ""}));
    CHECK_NOTHROW(sam.ask(wire::DeleteJob{own}));
    CHECK_NOTHROW(ada.ask(wire::Cancel{others, ""}));
}

TEST_CASE("a job arrives in pieces that are durable one by one, and is there at the end",
          "[server]") {
    MemoryJournal journal;
    {
        Served served(journal);
        wire::Client client = served.client(patience);
        client.ask(wire::SubmitBegin{"half", "night", 0, 2});
        const TaskGraph graph = tasks_named("sh", 1);
        const wire::SubmittedTask task{graph.tasks[0].name,
                                       graph.tasks[0].digest,
                                       to_json_text(graph.tasks[0].order),
                                       {},
                                       1,
                                       0};
        client.ask(wire::SubmitTasks{"half", 0, {task}});
        CHECK(journal.order_of({JobId{1}, 0}));
        CHECK(client.list(wire::ListJobs{}).text.find("night") == std::string::npos);
        CHECK_THROWS_WITH(client.ask(wire::SubmitEnd{"half"}), Catch::Contains("1 arrived"));
    }
    Served again(journal);
    wire::Client client = again.client(patience);
    const std::size_t count = wire::submit_chunk_tasks_max * 2 + 1;
    const wire::Submitted submitted =
        client.submit({"key", "night", 0}, tasks_named("sh", static_cast<int>(count)));
    CHECK_FALSE(submitted.known);
    CHECK(submitted.job == 2);
    std::size_t pieces = 0;
    for (const Event& event : journal.events()) {
        pieces += std::holds_alternative<TasksAdded>(event) ? 1U : 0U;
    }
    CHECK(pieces >= 1 + 3);
    const Json head = parse_json(status_of(client, 2), "status")["job"];
    CHECK(head["tasks"]["total"] == count);
    CHECK(client.submit({"key", "night", 0}, tasks_named("sh", 1)).known);
}

TEST_CASE("a submission key that another has used is refused to all but operators", "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client ada = served.client(patience);
    wire::Client sam = served.client_of(served.sam, patience);
    const std::uint64_t own = sam.submit({"a", "night", 0}, tasks_named("sh", 1)).job;
    const std::uint64_t others = ada.submit({"b", "night", 0}, tasks_named("sh", 1)).job;
    CHECK(sam.submit({"a", "night", 0}, tasks_named("sh", 1)).job == own);
    CHECK_THROWS_WITH(sam.submit({"b", "night", 0}, tasks_named("sh", 1)),
                      Catch::Contains("somebody else") && !Catch::Contains(std::to_string(others)));
    CHECK_THROWS_WITH(sam.ask(wire::SubmitEnd{"b"}), Catch::Contains("somebody else"));
    CHECK(ada.submit({"a", "night", 0}, tasks_named("sh", 1)).job == own);
}

TEST_CASE("a key that floods is refused, and others are answered meanwhile", "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client client = served.client(patience);
    client.list(wire::ListJobs{});
    wire::Connection flood(served.address(), served.vera);
    const std::string bytes = wire::encode(wire::ClientRequest(wire::ListJobs{}), 1);
    const std::string large =
        wire::encode(wire::ClientRequest(wire::GetStatus{1, std::string(900'000, 'x'), 0}), 1);
    std::size_t answers = 0;
    std::size_t refused = 0;
    const auto say = [&](const std::string& what, int wait_ms) {
        flood.send(what);
        zmq_pollitem_t item{flood.handle(), 0, ZMQ_POLLIN, 0};
        zmq_poll(&item, 1, wait_ms);
        while (const auto answer = flood.receive()) {
            const auto reply = wire::decode<wire::ServerReply>(*answer).message;
            ++answers;
            refused += std::holds_alternative<wire::Refused>(reply) ? 1U : 0U;
        }
    };
    for (int i = 0; i < 2'000 && answers == 0; ++i) say(bytes, 10);
    REQUIRE(answers > 0);
    for (int i = 0; i < 3'000; ++i) {
        say(i % 50 == 0 ? large : bytes, 0);
        if (i % 300 == 0) client.list(wire::ListJobs{});
    }
    for (int i = 0; i < 2'000 && refused == 0; ++i) say(large, 10);
    CHECK(refused > 0);
    CHECK_NOTHROW(client.list(wire::ListJobs{}));
}

TEST_CASE("a key that floods without end is disconnected, and let in again after its pause",
          "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client ada = served.client(patience);
    served.next_config = served.config;
    served.next_config.limits.view = {20, 1'000'000, 1'000};
    served.next_config.limits.burst = Millis{1'000};
    served.next_config.limits.pause = Millis{400};
    served.reload_wanted = true;
    ada.list(wire::ListJobs{});
    ada.list(wire::ListJobs{});
    wire::Connection flood(served.address(), served.vera);
    const std::string bytes = wire::encode(wire::ClientRequest(wire::ListJobs{}), 1);
    // A connection that is cut takes nothing.
    const auto wait_until = [&](bool taken) {
        const Millis until = served.clock.steady() + patience;
        while (flood.send(bytes) != taken) {
            if (served.clock.steady() > until) return false;
            zmq_pollitem_t item{flood.handle(), 0, ZMQ_POLLIN, 0};
            zmq_poll(&item, 1, 1);
            while (flood.receive()) {
            }
        }
        return true;
    };
    CHECK(wait_until(true));
    CHECK(wait_until(false));
    const Millis pause_over = served.clock.steady() + served.next_config.limits.pause;
    while (served.clock.steady() <= pause_over) zmq_poll(nullptr, 0, 20);
    wire::Client vera = served.client_of(served.vera, patience);
    CHECK_NOTHROW(vera.list(wire::ListJobs{}));
}

TEST_CASE("keys that are taken off the list are refused at their next message", "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client ada = served.client(patience);
    wire::Client sam = served.client_of(served.sam, patience);
    sam.list(wire::ListJobs{});
    served.next_config.allowed.add(served.ada.public_key, {"ada", wire::Role::admin});
    served.reload_wanted = true;
    ada.list(wire::ListJobs{});
    ada.list(wire::ListJobs{});
    CHECK_THROWS_WITH(sam.list(wire::ListJobs{}), Catch::Contains("no longer in scheduler.allow"));
    ada.list(wire::ListJobs{});
    // What cannot be read changes nothing.
    served.next_is_broken = true;
    served.reload_wanted = true;
    ada.list(wire::ListJobs{});
    CHECK_NOTHROW(ada.list(wire::ListJobs{}));
}

TEST_CASE("a submission is told the device class that most live memory has", "[server]") {
    MemoryJournal journal;
    Served served(journal);
    wire::Client client = served.client(patience);
    CHECK(std::get<wire::Prepared>(client.ask(wire::PrepareSubmission{})).device_class.empty());
    Line small(served, served.workers[0]);
    small.say<wire::Welcome>(wire::Hello{Line::session, "a", 1 << 20, {}, {}});
    Line large(served, served.workers[1]);
    large.say<wire::Welcome>(wire::Hello{Line::session, "b", 1 << 30, {}, {}});
    // Offers are answered by nothing, so they may be on their way for a while.
    const auto becomes = [&](const std::string& device_class) {
        const Millis until = served.clock.steady() + patience;
        while (client.prepare({}).device_class != device_class) {
            if (served.clock.steady() > until) return false;
        }
        return true;
    };
    small.tell(wire::Offers{Line::session, "cpu avx2", {}, ""});
    CHECK(becomes("cpu avx2"));
    large.tell(wire::Offers{Line::session, "cuda sm90", {}, ""});
    CHECK(becomes("cuda sm90"));
}

}  // namespace nightreel
