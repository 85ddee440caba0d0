#include "scheduler/server/lease_parts.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "scheduler/protocol/codec.h"
#include "scheduler/server/tally.h"

namespace nightreel {
namespace {

constexpr Millis told_at{1'000'000};
const WorkerId only_worker{"w"};

TaskSpec task_named(const std::string& name, std::vector<TaskIndex> needs = {}) {
    TaskSpec spec;
    spec.name = name;
    spec.digest = digest_of(name);
    spec.needs = std::move(needs);
    return spec;
}

// A take that was published, one that failed before, and one that somebody cancelled.
Farm ended_job() {
    Farm farm;
    const FarmPolicy policy;
    const auto tell = [&](const Command& command) {
        return advance(farm, policy, command, told_at).answer;
    };
    TaskSpec dailies = task_named("dailies");
    dailies.kind = TaskKind::dailies;
    dailies.after = {1, 3, 4};
    tell(SubmitJob{"key",
                   "aurora",
                   "ada",
                   0,
                   {task_named("sh.take01.sample01"),
                    task_named("sh.take01.publish", {0}),
                    task_named("sh.take02.sample01"),
                    task_named("sh.take02.publish", {2}),
                    task_named("sh.take03.publish"),
                    dailies}});
    tell(Hello{only_worker, SessionId{1}, "host", 1 << 30, {}, {}, {}});
    tell(CancelTasks{{JobId{1}, "sh.take03"}, "ada"});
    const std::string facts = R"({"facts":{"root":"out","folder":"aurora/sh/take01"}})";
    while (true) {
        const Answer answer = tell(AskForWork{only_worker, SessionId{1}, {}});
        const auto* granted = std::get_if<LeaseGranted>(&answer);
        if (granted == nullptr || granted->attempt.task.index == 5) break;
        if (granted->attempt.task.index == 2) {
            tell(ReportFailure{only_worker,
                               SessionId{1},
                               granted->attempt,
                               ErrorKind::bad_input,
                               "the prompt\nis empty",
                               FailureCause::task,
                               {}});
            continue;
        }
        tell(ReportDone{only_worker, SessionId{1}, granted->attempt, facts, false});
        tell(ReportPublished{only_worker, SessionId{1}, granted->attempt});
    }
    return farm;
}

}  // namespace

TEST_CASE("dailies are told of every take: where it lies below the root, or why it does not",
          "[server]") {
    const Farm farm = ended_job();
    TallyBook tallies;
    tallies.count_all(farm);
    const Job& job = farm.jobs.at(JobId{1});
    const std::vector<TakeOutcome> outcomes =
        outcomes_for(job, tallies.of(JobId{1}).blocked, job.tasks.back());
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[0].take == "sh.take01");
    CHECK(outcomes[0].folder == "aurora/sh/take01");
    CHECK(outcomes[0].reason.empty());
    CHECK(outcomes[1].folder.empty());
    CHECK(outcomes[1].reason == "sh.take02.sample01 failed (bad_input): the prompt is empty");
    CHECK(outcomes[2].reason == "sh.take03.publish was cancelled");
}

TEST_CASE("dailies are told the ranking of a shot, and nothing of takes that were not needed",
          "[server]") {
    Job job;
    const auto add = [&](const char* name, TaskKind kind, const char* facts, TaskState state) {
        Task& task = job.tasks.emplace_back();
        task.spec = task_named(name);
        task.spec.kind = kind;
        task.state = state;
        task.facts = facts;
    };
    add("sh.take01.publish",
        TaskKind::publish,
        R"({"facts":{"root":"out","folder":"a/take01","measured":{"elapsed_seconds":2.5}}})",
        TaskState::done);
    add("sh.take02.publish",
        TaskKind::publish,
        R"({"facts":{"not_needed":true}})",
        TaskState::done);
    add("sh.rank",
        TaskKind::rank,
        R"({"facts":{"ranking":{"takes":[{"take":1}]},"measured":{"elapsed_seconds":0.5}}})",
        TaskState::done);
    add("sh2.rank", TaskKind::rank, "", TaskState::cancelled);
    add("dailies", TaskKind::dailies, "", TaskState::waiting);
    job.tasks.back().spec.after = {0, 1, 2, 3};
    const std::vector<TakeOutcome> outcomes = outcomes_for(job, {}, job.tasks.back());
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[0].take == "sh.take01");
    CHECK(outcomes[1].take == "sh.rank");
    CHECK(outcomes[1].ranking == R"({"takes":[{"take":1}]})");
    CHECK(outcomes[2].take == "sh2.rank");
    CHECK_FALSE(outcomes[2].ranking);
    CHECK(outcomes[2].reason == "sh2.rank was cancelled");
    CHECK(device_seconds_of(job) == 3);
    job.tasks[0].cached = true;  // nobody worked on it
    CHECK(device_seconds_of(job) == 0.5);
}

TEST_CASE("what dailies are told fits into messages, however large the night is", "[server]") {
    std::vector<TakeOutcome> outcomes;
    for (int i = 0; i < 5'000; ++i) {
        outcomes.push_back({fmt::format("sh{}.take01", i), {}, std::string(900, 'x')});
    }
    std::vector<NightFile> night;
    for (int i = 0; i < 20; ++i) night.push_back({"night.yaml", std::string(60'000, '\n')});
    const std::vector<wire::LeasePart> parts = lease_parts({1, 2, 3}, outcomes, night);
    std::size_t told = 0;
    std::size_t bytes = 0;
    std::uint32_t number = 0;
    for (const wire::LeasePart& part : parts) {
        CHECK(part.number == ++number);
        CHECK(wire::encode(wire::SchedulerMessage(part)).size() < wire::message_bytes_max);
        told += part.outcomes.size();
        for (const NightFile& piece : part.night) bytes += piece.text.size();
    }
    CHECK(told == 5'000);
    CHECK(bytes == 20 * 60'000);
}

}  // namespace nightreel
