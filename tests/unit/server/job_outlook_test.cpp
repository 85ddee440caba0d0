#include "scheduler/server/job_outlook.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr Millis minute{60'000};
constexpr Millis evening{100'000'000};

// A chain of tasks of ten seconds each: encode, sample00, sample01, ...; one worker.
struct Chain {
    explicit Chain(int count) {
        SubmitJob job{"key", "aurora", "ada", 0, {}};
        for (int i = 0; i < count; ++i) {
            TaskSpec spec;
            spec.name = i == 0 ? "sh1.encode" : fmt::format("sh1.take01.sample{:02}", i - 1);
            spec.digest = digest_of(spec.name);
            spec.cost_seconds = 10;
            if (i > 0) spec.needs = {static_cast<TaskIndex>(i - 1)};
            job.tasks.push_back(spec);
        }
        id = std::get<JobAccepted>(tell(job)).job;
        tell(Hello{worker, SessionId{1}, "host", 1 << 30, {}, {}, {}});
    }

    Answer tell(const Command& command) {
        const Decision decision = advance(farm, policy, command, now);
        for (const Event& event : decision.events) tallies.note(farm, event);
        return decision.answer;
    }

    TaskAttempt lease() {
        return std::get<LeaseGranted>(tell(AskForWork{worker, SessionId{1}, {}})).attempt;
    }

    void finish_one_after(Millis time, bool cached = false) {
        const TaskAttempt attempt = lease();
        now += time;
        tell(ReportDone{worker, SessionId{1}, attempt, "{}", cached});
        tell(ReportPublished{worker, SessionId{1}, attempt});
    }

    std::optional<double> left() const {
        return seconds_left({farm, policy, progress, tallies, now}, id, farm.jobs.at(id));
    }

    Farm farm;
    FarmPolicy policy;
    ProgressBoard progress;
    TallyBook tallies;
    Millis now = evening;
    WorkerId worker{"render01"};
    JobId id;
};

}  // namespace

TEST_CASE("the time left is the work left at the pace of what was done", "[server]") {
    Chain chain(11);
    CHECK_FALSE(chain.left());  // nothing runs
    chain.finish_one_after(minute);
    const TaskAttempt running = chain.lease();
    CHECK_FALSE(chain.left());  // nothing was done while somebody watched
    chain.now += minute;
    chain.progress[running] = {0.5, "half"};
    CHECK(chain.left().value() == Approx(9.5 * 120));  // half a task a minute, nine and a half left
    chain.tell(ReportDone{chain.worker, SessionId{1}, running, "{}", false});
    chain.tell(ReportPublished{chain.worker, SessionId{1}, running});
    CHECK_FALSE(chain.left());  // nothing runs, so nothing can be promised
    chain.lease();
    CHECK(chain.left().value() == Approx(9 * 60));
}

TEST_CASE("an hour ago and what the store had count for nothing in the pace", "[server]") {
    Chain chain(12);
    for (int i = 0; i < 3; ++i) chain.finish_one_after(20 * minute);
    for (int i = 0; i < 3; ++i) chain.finish_one_after(Millis(0), true);
    for (int i = 0; i < 3; ++i) chain.finish_one_after(11 * minute);
    chain.lease();
    // Two tasks in 22 minutes since the first end of the last half hour; three are left.
    CHECK(chain.left().value() == Approx(3 * 11 * 60));
}

TEST_CASE("what waits for a failed task says for which, through others too", "[server]") {
    Chain chain(4);
    CHECK(blocking_tasks(chain.farm.jobs.at(chain.id)).empty());
    const TaskAttempt encode = chain.lease();
    chain.tell(ReportFailure{chain.worker,
                             SessionId{1},
                             encode,
                             ErrorKind::bad_input,
                             "no such model",
                             FailureCause::task,
                             {}});
    const auto blocking = blocking_tasks(chain.farm.jobs.at(chain.id));
    REQUIRE(blocking.size() == 4);
    CHECK_FALSE(blocking[0]);
    for (std::size_t i = 1; i < 4; ++i) CHECK(blocking[i] == TaskIndex{0});

    const FarmView view{chain.farm, chain.policy, chain.progress, chain.tallies, chain.now};
    const Json rows = parse_json(job_status(view, {chain.id, ""}, 0).text, "page")["tasks"];
    CHECK_FALSE(rows[0].contains("blocked_by"));
    CHECK(rows[3]["state"] == "waiting");
    CHECK(rows[3]["blocked_by"] == Json({{"task", "sh1.encode"}, {"state", "failed"}}));
    CHECK(rows[3]["error"] == "no such model");
    CHECK(rows[3]["error_kind"] == "bad_input");
}

}  // namespace nightreel
