#include "scheduler/server/job_outlook.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/describe/fields_json.h"
#include "tests/unit/plan/dice.h"

namespace nightreel {
namespace {

constexpr Millis minute{60'000};
constexpr Millis evening{100'000'000};

// A chain of tasks of ten seconds each: encode, sample00, sample01, ...; one worker.
struct Chain {
    // Tasks that need some of those before them.
    struct Web {
        Dice& dice;
        int count;
    };

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
        begin(job);
    }

    explicit Chain(const Web& web) {
        SubmitJob job{"key", "aurora", "ada", 0, {}};
        for (int i = 0; i < web.count; ++i) {
            TaskSpec spec;
            spec.name = fmt::format("sh{}.t{:02}", i % 4, i);
            spec.digest = digest_of(spec.name);
            for (int need = 0; need < i; ++need) {
                if (web.dice.between(0, 5) == 0) {
                    spec.needs.push_back(static_cast<TaskIndex>(need));
                }
            }
            job.tasks.push_back(spec);
        }
        begin(job);
    }

    void begin(const SubmitJob& job) {
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

    void fail(const TaskAttempt& attempt, const std::string& why) {
        tell(ReportFailure{
            worker, SessionId{1}, attempt, ErrorKind::bad_input, why, FailureCause::task, {}});
    }

    void do_something(Dice& dice) {
        const std::string shot = fmt::format("sh{}", dice.between(0, 3));
        const std::int64_t what = dice.between(0, 9);
        if (what == 0) tell(CancelTasks{{id, shot}, "ada"});
        if (what == 1) tell(RetryTasks{{id, shot}, RetryScope::failed, "ada"});
        if (what == 2) tell(RetryTasks{{id, shot}, RetryScope::everything, "ada"});
        if (what <= 2) return;
        const Answer answer = tell(AskForWork{worker, SessionId{1}, {}});
        const auto* granted = std::get_if<LeaseGranted>(&answer);
        if (granted == nullptr) return;
        if (what <= 4) return fail(granted->attempt, "broken");
        tell(ReportDone{worker, SessionId{1}, granted->attempt, "{}", false});
        tell(ReportPublished{worker, SessionId{1}, granted->attempt});
    }

    // Whether the task waits, directly or through others that wait, for one that ended badly.
    bool waits_in_vain(TaskIndex index) const {
        const std::vector<Task>& tasks = farm.jobs.at(id).tasks;
        if (tasks[index].state != TaskState::waiting) return false;
        for (const TaskIndex need : tasks[index].spec.needs) {
            const TaskState state = tasks[need].state;
            if (state == TaskState::failed || state == TaskState::cancelled) return true;
            if (waits_in_vain(need)) return true;
        }
        return false;
    }

    void expect_blocked_by_ancestors() const {
        const std::vector<Task>& tasks = farm.jobs.at(id).tasks;
        const auto& blocked = tallies.of(id).blocked;
        for (TaskIndex index = 0; index < tasks.size(); ++index) {
            CAPTURE(index);
            REQUIRE(blocked.contains(index) == waits_in_vain(index));
            if (!blocked.contains(index)) continue;
            const TaskState state = tasks[blocked.at(index)].state;
            REQUIRE((state == TaskState::failed || state == TaskState::cancelled));
        }
        TallyBook anew;
        anew.count_all(farm);
        REQUIRE(anew.of(id).blocked == blocked);
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

TEST_CASE("the head of a large job says when it ends, too", "[server]") {
    Chain chain(8'000);
    chain.finish_one_after(minute);
    chain.finish_one_after(minute);
    chain.lease();
    chain.now += minute;
    const FarmView view{chain.farm, chain.policy, chain.progress, chain.tallies, chain.now};
    const Json head = parse_json(job_head(view, chain.id), "head")["job"];
    // One task in the two minutes since the first ended.
    CHECK(head["seconds_left"].get<double>() == Approx(7'998 * 120));
}

TEST_CASE("what waits for a failed task says for which, through others too", "[server]") {
    Chain chain(4);
    const auto& blocked = chain.tallies.of(chain.id).blocked;
    CHECK(blocked.empty());
    const TaskAttempt encode = chain.lease();
    chain.fail(encode, "no such model");
    CHECK(blocked == std::map<TaskIndex, TaskIndex>{{1, 0}, {2, 0}, {3, 0}});

    const FarmView view{chain.farm, chain.policy, chain.progress, chain.tallies, chain.now};
    const Json rows = parse_json(job_status(view, {chain.id, ""}, 0).text, "page")["tasks"];
    CHECK_FALSE(rows[0].contains("blocked_by"));
    CHECK(rows[3]["state"] == "waiting");
    CHECK(rows[3]["blocked_by"] == Json({{"task", "sh1.encode"}, {"state", "failed"}}));
    CHECK(rows[3]["error"] == "no such model");
    CHECK(rows[3]["error_kind"] == "bad_input");

    chain.tell(RetryTasks{{chain.id, ""}, RetryScope::failed, "ada"});
    CHECK(blocked.empty());
}

TEST_CASE("a task is said to wait in vain exactly when one that it comes after has ended badly",
          "[server]") {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Dice dice(seed);
        Chain chain(Chain::Web{dice, 24});
        for (int step = 0; step < 40; ++step) {
            chain.do_something(dice);
            chain.expect_blocked_by_ancestors();
        }
    }
}

}  // namespace nightreel
