// A worker against a scheduler that is played by hand, over real sockets.

#include <algorithm>
#include <csignal>
#include <fstream>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "pipeline/plan/roots/root_marker.h"
#include "pipeline/store/artifact_store.h"
#include "shotspec/base/files.h"
#include "shotspec/card/read_model_card.h"
#include "tests/unit/worker/fake_scheduler.h"
#include "worker/outbox.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A worker that has been welcomed and has asked for work.
struct Shift {
    Shift() {
        worker.start();
        scheduler.next<wire::AskForWork>();
    }

    // Ends the worker and says why it had ended before, if it had.
    std::string end() {
        worker.stop();
        return worker.failure;
    }

    // Empty where nobody has one.
    fs::path staging_of(const wire::Attempt& attempt) const {
        const fs::path owners = worker.config.store / ".staging";
        for (const std::string& owner : names_in(owners)) {
            fs::path staging = owners / owner / file_name_of(attempt);
            if (fs::exists(staging)) return staging;
        }
        return {};
    }

    bool is_held(const wire::KeepAlive& message, const wire::Attempt& attempt) const {
        return std::any_of(message.attempts.begin(), message.attempts.end(), [&](const auto& held) {
            return held.attempt == attempt;
        });
    }

    TemporaryFolder folder;
    FakeScheduler scheduler;
    TestWorker worker{scheduler, folder.path()};
};

}  // namespace

TEST_CASE("a task goes from lease to settled, and its log says what the renderer said",
          "[worker]") {
    Shift shift;
    const wire::Lease lease = lease_of("log=3");
    shift.scheduler.say(lease);
    const auto done = shift.scheduler.next<wire::Done>();
    CHECK(done.attempt == lease.attempt);
    CHECK_FALSE(done.cached);
    CHECK_THAT(done.log.tail, Catch::Contains("task sh010.encode, attempt 2 (7-3-1)"));
    CHECK_THAT(done.log.tail, Catch::EndsWith("line 0\nline 1\nline 2\n"));
    CHECK(read_file(done.log.path) == done.log.tail);
    // Private until it is accepted, and nothing is left of it once it is settled.
    ArtifactStore store(shift.worker.config.store);
    CHECK_FALSE(store.find(lease.digest));
    CHECK(fs::exists(shift.worker.config.state / "outbox" / "7-3-1.json"));
    shift.scheduler.say(lease.attempt, wire::Verdict::publish);
    shift.scheduler.next<wire::Published>();
    CHECK(store.find(lease.digest));
    shift.scheduler.say(lease.attempt, wire::Verdict::settled);
    shift.scheduler.next<wire::AskForWork>();
    CHECK_FALSE(fs::exists(shift.worker.config.state / "outbox" / "7-3-1.json"));
    CHECK_FALSE(fs::exists(shift.staging_of(lease.attempt)));

    // The same result again is in the store.
    shift.scheduler.say(lease_of("log=3", 2));
    const auto again = shift.scheduler.next<wire::Done>();
    CHECK(again.cached);
    CHECK_THAT(again.log.tail, Catch::Contains("already"));
    CHECK(shift.end().empty());
}

TEST_CASE("a lease of which a part is missing is asked for again", "[worker]") {
    Shift shift;
    wire::Lease lease = lease_of("");
    lease.parts = 2;
    const wire::LeasePart first{lease.attempt, 1, {{"sh.take01", "", "failed"}}, {}};
    const wire::LeasePart second{lease.attempt, 2, {}, {{"night.yaml", "show: a"}}};
    shift.scheduler.say(second);
    shift.scheduler.say(lease);
    shift.scheduler.next<wire::AskForWork>();
    for (const wire::LeasePart& part : {first, second}) shift.scheduler.say(part);
    shift.scheduler.say(lease);
    CHECK(shift.scheduler.next<wire::Done>().attempt == lease.attempt);
    CHECK(shift.end().empty());
}

TEST_CASE("a task that cannot begin says why in its log too", "[worker]") {
    Shift shift;
    wire::Lease lease = lease_of("");
    lease.digest = digest_of("of another engine");
    shift.scheduler.say(lease);
    const auto failed = shift.scheduler.next<wire::Failed>();
    CHECK(failed.kind == "unavailable");
    CHECK_THAT(failed.log.tail, Catch::Contains(failed.text));
    CHECK(shift.end().empty());
}

TEST_CASE("what was made of an input that was damaged meanwhile is not handed in", "[worker]") {
    Shift shift;
    const wire::Lease input = lease_of("");
    shift.scheduler.say(input);
    shift.scheduler.next<wire::Done>();
    shift.scheduler.say(input.attempt, wire::Verdict::publish);
    shift.scheduler.next<wire::Published>();
    shift.scheduler.say(input.attempt, wire::Verdict::settled);

    const fs::path begun = shift.folder.path() / "begun";
    SampleOrder order;
    order.encoded = input.digest;
    order.loras = {{.path = fmt::format("once={} slow=300", begun.string())}};
    wire::Lease lease = lease_of("", 2);
    lease.digest = digest_of(TaskOrder(order));
    lease.order = to_json_text(TaskOrder(order));
    shift.scheduler.say(lease);
    shift.scheduler.listen([&](const wire::WorkerMessage&) { return fs::exists(begun); });
    const fs::path result =
        ArtifactStore(shift.worker.config.store).folder_of(input.digest) / "result.bin";
    SECTION("changed") {
        std::string bytes = read_file(result);
        bytes[5] ^= 1;
        std::ofstream(result, std::ios::binary) << bytes;
    }
    SECTION("found by another worker, and made again") {
        const fs::path place = result.parent_path();
        fs::copy(place, shift.folder.path() / "again", fs::copy_options::recursive);
        fs::rename(place, shift.folder.path() / "damaged");
        fs::rename(shift.folder.path() / "again", place);
    }
    SECTION("set aside by another worker") {
        fs::remove(result.parent_path() / "artifact.json");
    }
    SECTION("cut short, and the renderer falls over it") {
        fs::resize_file(result, 0);
    }
    const auto failed = shift.scheduler.next<wire::Failed>();
    CHECK(failed.attempt == lease.attempt);
    CHECK(failed.lost_inputs == std::vector<Digest>{input.digest});
    shift.scheduler.say(lease.attempt, wire::Verdict::settled);
    shift.scheduler.next<wire::AskForWork>();
    CHECK(shift.staging_of(lease.attempt).empty());
    CHECK(shift.end().empty());
}

TEST_CASE("a verdict that settles while its result is published does no harm", "[worker]") {
    Shift shift;
    const wire::Lease lease = lease_of("");
    shift.scheduler.say(lease);
    shift.scheduler.next<wire::Done>();
    // The record as a pipe: whoever publishes waits there until it is written.
    const fs::path record = shift.staging_of(lease.attempt) / "artifact.json";
    const std::string text = read_file(record);
    fs::remove(record);
    REQUIRE(::mkfifo(record.c_str(), 0600) == 0);
    shift.scheduler.say(lease.attempt, wire::Verdict::publish);
    {
        std::ofstream pipe(record);  // returns when the publisher reads
        shift.scheduler.say(lease.attempt, wire::Verdict::settled);
        // Keep-alives go on meanwhile, without it.
        shift.scheduler.listen([&](const wire::WorkerMessage& message) {
            const auto* alive = std::get_if<wire::KeepAlive>(&message);
            return alive != nullptr && !shift.is_held(*alive, lease.attempt);
        });
        pipe << text;
    }
    shift.scheduler.next<wire::AskForWork>();
    CHECK(shift.end().empty());
}

TEST_CASE("a worker that hashes a result for minutes stops at once when nobody wants it",
          "[worker]") {
    Shift shift;
    const wire::Lease lease = lease_of("huge=256");
    shift.scheduler.say(lease);
    int held = 0;  // keep-alives while it hashes
    shift.scheduler.listen([&](const wire::WorkerMessage& message) {
        const auto* alive = std::get_if<wire::KeepAlive>(&message);
        const bool made =
            alive != nullptr && fs::exists(shift.staging_of(lease.attempt) / "huge.bin");
        if (made) ++held;
        return held == 3;
    });
    SECTION("dropped") {
        shift.scheduler.say(lease.attempt, wire::Verdict::drop);
        shift.scheduler.next<wire::AskForWork>();
        CHECK(shift.staging_of(lease.attempt).empty());
    }
    CHECK(shift.end().empty());
    CHECK(names_in(shift.worker.config.state / "outbox").empty());
}

TEST_CASE("what cannot be cleared away does not end the worker", "[worker]") {
    Shift shift;
    const wire::Lease lease = lease_of("");
    shift.scheduler.say(lease);
    shift.scheduler.next<wire::Done>();
    // A folder in the place of the completion, which cannot be removed as a file.
    const fs::path completion = shift.worker.config.state / "outbox" / "7-3-1.json";
    fs::remove(completion);
    fs::create_directories(completion / "in the way");
    shift.scheduler.say(lease.attempt, wire::Verdict::drop);
    shift.scheduler.next<wire::AskForWork>();
    shift.scheduler.say(lease_of("", 2));
    CHECK(shift.scheduler.next<wire::Done>().attempt.number == 2);
    CHECK(shift.end().empty());
}

TEST_CASE("what lies on a disk that is away is cleared once it is back, also without work",
          "[worker]") {
    TemporaryFolder folder;
    FakeScheduler scheduler;
    scheduler.roots = {{store_root, "", "marker", true}};
    TestWorker worker(scheduler, folder.path());
    const fs::path store = worker.config.store;
    const fs::path away = folder.path() / "away";
    fs::create_directories(store);
    write_root_marker(store, "marker");
    worker.start();
    scheduler.next<wire::AskForWork>();
    const wire::Lease lease = lease_of("");
    scheduler.say(lease);
    scheduler.next<wire::Done>();
    fs::rename(store, away);
    scheduler.say(lease.attempt, wire::Verdict::drop);
    int without = 0;  // keep-alives since it was dropped: it has tried to clear meanwhile
    scheduler.listen([&](const wire::WorkerMessage& message) {
        const auto* alive = std::get_if<wire::KeepAlive>(&message);
        if (alive != nullptr && alive->attempts.empty()) ++without;
        return without == 2;
    });
    const auto staged = [&] {
        return fs::exists(store / ".staging") && !fs::is_empty(store / ".staging");
    };
    fs::rename(away, store);
    CHECK(staged());
    scheduler.listen([&](const wire::WorkerMessage&) { return !staged(); });
    worker.stop();
    CHECK(worker.failure.empty());
}

TEST_CASE("a result that cannot be published says why, and is published later", "[worker]") {
    Shift shift;
    const wire::Lease lease = lease_of("");
    shift.scheduler.say(lease);
    shift.scheduler.next<wire::Done>();
    // A link to what is not there where the store needs a folder: as after a mount that went away.
    const fs::path place =
        ArtifactStore(shift.worker.config.store).folder_of(lease.digest).parent_path();
    fs::create_symlink(place.string() + ".away", place);
    shift.scheduler.say(lease.attempt, wire::Verdict::publish);
    std::string reason;
    shift.scheduler.listen([&](const wire::WorkerMessage& message) {
        const auto* alive = std::get_if<wire::KeepAlive>(&message);
        const bool is_about = alive != nullptr && shift.is_held(*alive, lease.attempt);
        if (is_about && reason.empty() && !alive->attempts[0].text.empty()) {
            reason = alive->attempts[0].text;
            fs::remove(place);
        }
        if (std::holds_alternative<wire::Done>(message)) {
            shift.scheduler.say(lease.attempt, wire::Verdict::publish);
        }
        return std::holds_alternative<wire::Published>(message);
    });
    CHECK_THAT(
        reason,
        Catch::StartsWith("cannot publish the result: " + shift.worker.config.store.string()));
    CHECK(shift.end().empty());
}

TEST_CASE("a worker says what it has before it asks for work, and again when that changes",
          "[worker]") {
    TemporaryFolder folder;
    const fs::path root = folder.path() / "models";
    FakeScheduler scheduler;
    TestWorker worker(scheduler, folder.path());
    worker.config.model_roots = {root.string()};
    // More than any disk has.
    worker.config.store_free_bytes_min = std::uint64_t{1} << 62U;
    worker.start();
    wire::Offers offer;
    scheduler.listen([&](const wire::WorkerMessage& message) {
        CHECK_FALSE(std::holds_alternative<wire::AskForWork>(message));
        const auto* found = std::get_if<wire::Offers>(&message);
        if (found != nullptr) offer = *found;
        return found != nullptr;
    });
    CHECK(offer.models.empty());
    CHECK_THAT(offer.fault, Catch::StartsWith(worker.config.store.string() + ": "));
    CHECK_THAT(offer.fault, Catch::Contains("MiB are free"));
    fs::create_directories(root);
    fs::copy("models/toybox", root / "toybox", fs::copy_options::recursive);
    offer = scheduler.next<wire::Offers>();
    REQUIRE(offer.models.size() == 1);
    CHECK(offer.models[0].name == "toybox");
    CHECK(offer.models[0].digest == read_model_card(fs::path("models/toybox")).digest);
    CHECK(offer.models[0].fault.empty());
}

TEST_CASE(
    "a worker whose store is away asks for nothing, makes nothing, and goes on when it is back",
    "[worker]") {
    const TemporaryFolder folder;
    FakeScheduler scheduler;
    TestWorker worker(scheduler, folder.path());
    const fs::path store = worker.config.store;
    const fs::path away = folder.path() / "away";
    scheduler.roots = {{store_root, "", "marker", true}};
    const auto offered_fault = [&] {
        std::string fault;
        scheduler.listen([&](const wire::WorkerMessage& message) {
            CHECK_FALSE(std::holds_alternative<wire::AskForWork>(message));
            const auto* offer = std::get_if<wire::Offers>(&message);
            if (offer != nullptr) fault = offer->fault;
            return !fault.empty();
        });
        return fault;
    };
    worker.start();  // on an empty folder
    CHECK_THAT(offered_fault(), Catch::StartsWith(store.string() + ": has no marker"));
    write_root_marker(store, "marker");
    CHECK(scheduler.next<wire::Offers>().fault.empty());
    scheduler.next<wire::AskForWork>();
    fs::rename(store, away);
    scheduler.say(lease_of(""));  // before it has looked again
    CHECK(scheduler.next<wire::Failed>().kind == "unfit");
    CHECK_FALSE(fs::exists(store));
    fs::rename(away, store);
    scheduler.say(lease_of("").attempt, wire::Verdict::settled);
    scheduler.next<wire::AskForWork>();
    // A finished result waits for its store.
    const wire::Lease lease = lease_of("", 2);
    scheduler.say(lease);
    scheduler.next<wire::Done>();
    fs::rename(store, away);
    scheduler.say(lease.attempt, wire::Verdict::publish);
    scheduler.listen([&](const wire::WorkerMessage& message) {
        const auto* alive = std::get_if<wire::KeepAlive>(&message);
        return alive != nullptr && !alive->attempts.empty() &&
               alive->attempts[0].text.find("no such folder") != std::string::npos;
    });
    CHECK_FALSE(fs::exists(store));
    fs::rename(away, store);
    scheduler.say(lease.attempt, wire::Verdict::publish);
    scheduler.listen([&](const wire::WorkerMessage& message) {
        if (std::holds_alternative<wire::Done>(message)) {
            scheduler.say(lease.attempt, wire::Verdict::publish);
        }
        return std::holds_alternative<wire::Published>(message);
    });
    CHECK(ArtifactStore(store).find(lease.digest));
    worker.stop();
    CHECK(worker.failure.empty());
}

TEST_CASE("a log that is followed is told piece by piece, and only while it is", "[worker]") {
    Shift shift;
    const wire::Lease lease = lease_of("log=700 slow=60000");
    shift.scheduler.say(lease);
    std::string told;
    int pieces = 0;
    const auto take_keep_alives = [&](const std::function<bool()>& enough) {
        shift.scheduler.listen([&](const wire::WorkerMessage& message) {
            const auto* alive = std::get_if<wire::KeepAlive>(&message);
            if (alive == nullptr || !shift.is_held(*alive, lease.attempt)) return false;
            const wire::AttemptProgress& held = alive->attempts[0];
            if (!held.log_chunk.empty()) {
                CHECK(held.log_offset == told.size());
                CHECK(held.log_chunk.size() <= wire::log_chunk_bytes_max);
                told += held.log_chunk;
                ++pieces;
            }
            return enough();
        });
    };
    int unfollowed = 0;
    take_keep_alives([&] { return ++unfollowed == 3; });
    CHECK(told.empty());
    shift.scheduler.say(wire::Verdicts{{{lease.attempt, wire::Verdict::keep, true}}});
    take_keep_alives([&] { return told.ends_with("line 699\n"); });
    CHECK(pieces >= 2);
    CHECK_THAT(told, Catch::Contains("task sh010.encode, attempt 2"));
    for (int i = 0; i < 700; ++i) {
        if (told.find(fmt::format("line {}\n", i)) == std::string::npos) FAIL("no line " << i);
    }
    CHECK(shift.end().empty());
}

TEST_CASE("a renderer that somebody else ended is told apart from a crash", "[worker]") {
    Shift shift;
    shift.scheduler.say(lease_of("signal=9"));
    const auto killed = shift.scheduler.next<wire::Failed>();
    CHECK(killed.kind == "crash");
    CHECK(killed.cause == wire::FailureCause::killed);
    CHECK_THAT(killed.text, !Catch::EndsWith("; "));
    shift.scheduler.say(killed.attempt, wire::Verdict::settled);
    shift.scheduler.next<wire::AskForWork>();
    shift.scheduler.say(lease_of("signal=11", 2));
    const auto crashed = shift.scheduler.next<wire::Failed>();
    CHECK(crashed.kind == "crash");
    CHECK(crashed.cause == wire::FailureCause::task);
    CHECK_THAT(crashed.log.tail, Catch::Contains("worker: crash: the renderer was killed"));
    CHECK(shift.end().empty());
}

TEST_CASE("no task is stopped for want of progress sooner than its machine's lease ends",
          "[worker]") {
    const TemporaryFolder folder;
    FakeScheduler scheduler;
    scheduler.lease_ms = 1'000;
    TestWorker worker{scheduler, folder.path()};
    worker.config.limits.stall = Millis{100};
    worker.start();
    scheduler.next<wire::AskForWork>();
    scheduler.say(lease_of("slow=10 stall"));
    const auto failed = scheduler.next<wire::Failed>();
    CHECK(failed.kind == "timed_out");
    CHECK_THAT(failed.text, Catch::Contains("no progress for 1 s"));
    worker.stop();
    CHECK(worker.failure.empty());
}

TEST_CASE("a worker that is stopped gives its task back, as stopped", "[worker]") {
    Shift shift;
    shift.scheduler.say(lease_of("slow=60000"));
    shift.scheduler.listen([&](const wire::WorkerMessage& message) {
        const auto* alive = std::get_if<wire::KeepAlive>(&message);
        return alive != nullptr && shift.is_held(*alive, {7, 3, 1});
    });
    shift.worker.ask_to_stop();
    const auto failed = shift.scheduler.next<wire::Failed>();
    CHECK(failed.kind == "cancelled");
    CHECK(failed.cause == wire::FailureCause::stopped);
    CHECK_THAT(failed.text, Catch::Contains("the worker was stopped"));
    shift.scheduler.say(failed.attempt, wire::Verdict::settled);
    shift.scheduler.next<wire::Goodbye>();
    CHECK(shift.end().empty());
}

}  // namespace nightreel
