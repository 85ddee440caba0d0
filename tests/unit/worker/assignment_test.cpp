#include "worker/assignment.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "pipeline/plan/prepared_note.h"
#include "pipeline/takes/partial_folder.h"
#include "pipeline/takes/publish.h"
#include "pipeline/takes/take_check.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/takes/take_of.h"
#include "worker/staging_owner.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

fs::path made(const fs::path& folder) {
    fs::create_directories(folder);
    return folder;
}

// A publish task whose render half has been done, by hand.
struct PublishBench {
    TemporaryFolder folder;
    ArtifactStore store{made(folder.path() / "store")};
    fs::path out = folder.path() / "out";
    PublishOrder order;
    std::vector<TakeFile> files = take_files(folder.path() / "frames", 1, 3);

    fs::path state = folder.path() / "state";

    PublishBench() {
        fs::create_directories(state);
        order.folder = "aurora/v001/take01";
    }

    fs::path place() const { return out / order.folder; }

    Completion finished(const std::string& owner, bool fresh = false) {
        const fs::path staging = store.make_staging(owner, "1-1-1");
        const std::string token = digest_of(staging.string()).short_hex();
        note_prepared(staging, {{partial_folder_of(place(), token).string(), place().string()}});
        const auto commit =
            prepare_take(place(), files, record_of(5), token, LinkPolicy::automatic);
        write_file_atomically(staging / "publish.json", std::string_view("{}"));
        const Artifact artifact =
            store.seal(staging, digest_of(TaskOrder(order)), TaskKind::publish, "sh.publish", {});
        Completion completion;
        completion.digest = artifact.digest;
        completion.record = artifact.self;
        completion.staging = staging.string();
        completion.fresh = fresh;
        if (commit) completion.commit = {*commit};
        return completion;
    }

    Preparation prepared(const Pulse& pulse = {}) {
        wire::Lease lease;
        lease.order = to_json_text(TaskOrder(order));
        lease.digest = digest_of(TaskOrder(order));
        lease.roots = {{"out", out.string()}};
        return prepare(store, {lease}, {.owner = "w", .pulse = pulse});
    }
};

const Workplace workplace{.owner = "w1", .model_roots = {}, .device = "cpu"};

wire::Lease lease_of(const TaskOrder& order) {
    wire::Lease lease;
    lease.task = "a.task";
    lease.order = to_json_text(order);
    lease.digest = digest_of(order);
    return lease;
}

}  // namespace

TEST_CASE("a take is seen after the verdict; said again, publishing does nothing", "[worker]") {
    PublishBench bench;
    const Completion completion = bench.finished("w");
    CHECK_FALSE(fs::exists(bench.place()));
    publish(bench.store, completion);
    publish(bench.store, completion);
    CHECK(check_take(bench.place()).is_untouched());
    CHECK(bench.store.find(completion.digest));
    CHECK(names_in(bench.place().parent_path()) == std::vector<std::string>{"take01"});
}

TEST_CASE("an attempt that is dropped leaves no trace", "[worker]") {
    PublishBench bench;
    const Completion completion = bench.finished(StagingOwner(bench.state, "w").name());
    CHECK(names_in(bench.place().parent_path()).size() == 1);
    SECTION("by the worker that made it") {
        bench.store.remove_staging(completion.staging);
    }
    SECTION("by the next process of a worker that died") {
        StagingOwner(bench.state, "w").sweep(bench.store, {});
    }
    CHECK(names_in(bench.place().parent_path()).empty());
    CHECK_FALSE(fs::exists(completion.staging));
    CHECK_FALSE(fs::exists(prepared_note_of(completion.staging)));
}

TEST_CASE("a worker's next process keeps what its outbox names, a copy of its state clears nothing",
          "[worker]") {
    PublishBench bench;
    const Completion completion = bench.finished(StagingOwner(bench.state, "w").name());
    SECTION("outbox") {
        StagingOwner next(bench.state, "w");
        next.sweep(bench.store, {"1-1-1"});
        StagingOwner(bench.state, "w").sweep(bench.store, {"1-1-1"});
    }
    SECTION("a copied state folder") {
        const fs::path copy = bench.folder.path() / "copy";
        fs::copy(bench.state, copy);
        StagingOwner(copy, "w").sweep(bench.store, {});
    }
    publish(bench.store, completion);
    CHECK(check_take(bench.place()).is_untouched());
    StagingOwner(bench.state, "w").sweep(bench.store, {});
    CHECK(names_in(bench.folder.path() / "store/.staging").empty());
}

TEST_CASE(
    "what a worker's process before left is cleared by the next, also if its disk comes later",
    "[worker]") {
    PublishBench bench;
    const Completion completion = bench.finished(StagingOwner(bench.state, "w").name());
    StagingOwner next(bench.state, "w");
    const fs::path away = bench.folder.path() / "away";
    fs::rename(bench.store.root(), away);
    CHECK_THROWS_AS(next.sweep(bench.store, {}), Error);
    fs::rename(away, bench.store.root());
    CHECK(fs::exists(completion.staging));
    next.sweep(bench.store, {});
    CHECK_FALSE(fs::exists(completion.staging));
}

TEST_CASE("a published take is done only while it is whole", "[worker]") {
    PublishBench bench;
    publish(bench.store, bench.finished("w"));
    CHECK(std::holds_alternative<AlreadyMade>(bench.prepared()));
    const fs::path frame = bench.place() / bench.files[0].name;
    SECTION("a byte") {
        std::string text = read_file(frame);
        text[3] ^= 1;
        std::ofstream(frame, std::ios::binary) << text;
    }
    SECTION("a frame") {
        fs::remove(frame);
    }
    SECTION("all of it") {
        fs::remove_all(bench.place());
    }
    CHECK_FALSE(std::holds_alternative<AlreadyMade>(bench.prepared()));
    publish(bench.store, bench.finished("w", true));
    CHECK(std::holds_alternative<AlreadyMade>(bench.prepared()));
    CHECK(check_take(bench.place()).is_untouched());
}

TEST_CASE("checking a published take is ended by its pulse, and done again", "[worker]") {
    PublishBench bench;
    const Completion completion = bench.finished("w");
    const Pulse stop = [](double) { throw Error(ErrorKind::cancelled, "stop"); };
    publish(bench.store, completion);
    CHECK_THROWS_WITH(bench.prepared(stop), "stop");
    CHECK_THROWS_WITH(publish(bench.store, completion, stop), "stop");
    publish(bench.store, completion);
    CHECK(std::holds_alternative<AlreadyMade>(bench.prepared()));
    CHECK(check_take(bench.place()).is_untouched());
}

TEST_CASE("dailies are written anew, whatever the store has of them", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(made(folder.path() / "store"));
    const DailiesOrder order{.folder = "aurora/dailies", .show = "aurora"};
    const fs::path staging = store.make_staging("w", "1-1-1");
    const Digest digest = digest_of(TaskOrder(order));
    store.seal(staging, digest, TaskKind::dailies, "dailies", {});
    store.publish(digest, staging);
    LeaseInHand in_hand{lease_of(order)};
    in_hand.worker = "w7";
    in_hand.lease.job = {7, "key", "ana", "2026-11-21T03:04:05.678Z", 42};
    in_hand.parts = {{{}, 1, {{"sh.take01", "aurora/sh/v001/take01", ""}}, {{"a.yaml", "one "}}},
                     {{}, 2, {{"sh.take02", "", "failed"}}, {{"a.yaml", "two"}, {"b.yaml", "b"}}}};
    const auto request = std::get<TaskRequest>(prepare(store, in_hand, workplace));
    CHECK(request.worker == "w7");
    CHECK(request.job->attempt == 42);
    REQUIRE(request.outcomes.size() == 2);
    CHECK(request.outcomes[1].reason == "failed");
    REQUIRE(request.night.size() == 2);
    CHECK(request.night[0].text == "one two");
    CHECK(request.night[1].name == "b.yaml");
}

TEST_CASE("what a result was made from is told to those that are made from it", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(made(folder.path() / "store"));
    EncodeOrder encode;
    SampleOrder sample;
    sample.encoded = digest_of(TaskOrder(encode));
    const fs::path staging = store.make_staging("w", "1-1-1");
    TaskResult result{.seconds = 2, .made_by = TaskMaker{"w7", "host", "cpu", "then", "1"}};
    store.seal(staging, sample.encoded, TaskKind::encode, "sh.encode", result, {});
    store.publish(sample.encoded, staging);
    const auto request = std::get<TaskRequest>(prepare(store, {lease_of(sample)}, workplace));
    REQUIRE(request.inputs.size() == 1);
    REQUIRE(request.inputs[0].records.size() == 1);
    CHECK(request.inputs[0].records[0].task == "sh.encode");
    CHECK(request.inputs[0].records[0].made_by->worker == "w7");
}

TEST_CASE("a lean lease is a lean request, and others are not", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(made(folder.path() / "store"));
    EncodeOrder order;
    order.prompts = {"a star"};
    wire::Lease lease = lease_of(order);
    CHECK_FALSE(std::get<TaskRequest>(prepare(store, {lease}, workplace)).lean);
    lease.lean = true;
    CHECK(std::get<TaskRequest>(prepare(store, {lease}, workplace)).lean);
}

TEST_CASE("a take is looked for where the lease has its root, not where it was published once",
          "[worker]") {
    PublishBench bench;
    publish(bench.store, bench.finished("w"));
    wire::Lease lease = lease_of(bench.order);
    lease.roots = {{"out", bench.out.string()}};
    CHECK(std::holds_alternative<AlreadyMade>(prepare(bench.store, {lease}, workplace)));
    lease.roots = {{"out", (bench.folder.path() / "there").string()}};
    CHECK_FALSE(std::holds_alternative<AlreadyMade>(prepare(bench.store, {lease}, workplace)));
}

TEST_CASE("a request has the roots of its lease", "[worker]") {
    const TemporaryFolder folder;
    ArtifactStore store(made(folder.path() / "store"));
    EncodeOrder order;
    order.prompts = {"a star"};
    wire::Lease lease = lease_of(order);
    lease.roots = {{"out", "/mnt/takes"}, {"other", "/mnt/other"}};
    CHECK(std::get<TaskRequest>(prepare(store, {lease}, workplace)).roots == lease.roots);
}

}  // namespace nightreel
