#pragma once
// A farm with its policy, its clock and what it has said, for tests that tell a story in a few
// lines. One thread.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/farm/farm.h"
#include "scheduler/farm/indices.h"

namespace nightreel {

inline constexpr std::uint64_t gib = std::uint64_t{1} << 30;

inline TaskSpec task(std::string name, std::vector<TaskIndex> needs = {}) {
    TaskSpec spec;
    spec.digest = digest_of(name);
    spec.name = std::move(name);
    spec.needs = std::move(needs);
    spec.memory_bytes = gib;
    return spec;
}

// The digest of the card of a model with this name.
inline Digest card_of(const std::string& model) {
    return digest_of("card of " + model);
}

inline TaskSpec task_with(const std::string& model, std::string name) {
    TaskSpec spec = task(std::move(name));
    spec.model = model;
    spec.model_digest = card_of(model);
    return spec;
}

class SmallFarm {
  public:
    Farm farm;
    FarmPolicy policy;
    Millis now{1'000'000'000};
    std::vector<Event> facts;

    Answer tell(const Command& command) {
        Decision decision = advance(farm, policy, command, now);
        facts.insert(facts.end(), decision.events.begin(), decision.events.end());
        return decision.answer;
    }

    JobId submit(const std::string& key, std::vector<TaskSpec> tasks, int priority = 0) {
        return std::get<JobAccepted>(tell(SubmitJob{key, key, "td", priority, std::move(tasks)}))
            .job;
    }

    void join(const std::string& worker, std::uint64_t memory = 16 * gib) {
        tell(Hello{{worker}, SessionId{1}, "host", memory, {}, {}, {}});
    }

    // The worker says that it has these models, and what is wrong with it.
    void offer(const std::string& worker,
               const std::vector<std::string>& models,
               const std::string& fault = {}) {
        WorkerOffer what{"cpu", {}, fault};
        for (const std::string& model : models) what.models.push_back({model, card_of(model), ""});
        tell(Offer{{worker}, SessionId{1}, what});
    }

    // As `pass`, while these workers speak all the time.
    void pass(Millis time, const std::vector<std::string>& workers) {
        const Millis end = now + time;
        while (now < end) {
            now = std::min(end, now + Millis(20'000));
            for (const std::string& worker : workers) {
                const auto& held = farm.workers.at({worker}).holds;
                tell(KeepAlive{{worker}, SessionId{1}, {held.begin(), held.end()}});
            }
            tell(Tick{});
        }
    }

    AskForWork question(const std::string& worker) const { return {{worker}, SessionId{1}, {}}; }

    Answer ask(const std::string& worker) { return tell(question(worker)); }

    LeaseGranted lease(const std::string& worker) { return std::get<LeaseGranted>(ask(worker)); }

    bool has_no_work(const std::string& worker) {
        return std::holds_alternative<NoWork>(ask(worker));
    }

    Verdict done(const std::string& worker, const TaskAttempt& attempt, bool cached = false) {
        return verdict(tell(ReportDone{{worker}, SessionId{1}, attempt, "{}", cached}));
    }

    Verdict published(const std::string& worker, const TaskAttempt& attempt) {
        return verdict(tell(ReportPublished{{worker}, SessionId{1}, attempt}));
    }

    Verdict fail(const std::string& worker,
                 const TaskAttempt& attempt,
                 ErrorKind kind,
                 std::vector<Digest> lost = {}) {
        return verdict(tell(ReportFailure{
            {worker}, SessionId{1}, attempt, kind, "why", FailureCause::task, std::move(lost)}));
    }

    void complete(const std::string& worker, const TaskAttempt& attempt) {
        done(worker, attempt);
        published(worker, attempt);
    }

    // Leases and completes whatever comes until there is nothing to do.
    void work_off(const std::string& worker) {
        for (Answer answer = ask(worker); std::holds_alternative<LeaseGranted>(answer);
             answer = ask(worker)) {
            complete(worker, std::get<LeaseGranted>(answer).attempt);
        }
    }

    void pass(Millis time) {
        now += time;
        tell(Tick{});
    }

    const Task& task_of(JobId job, TaskIndex index) const {
        return farm.jobs.at(job).tasks.at(index);
    }

    TaskState state(JobId job, TaskIndex index) const { return task_of(job, index).state; }

    JobState state(JobId job) const { return state_of(farm.jobs.at(job)); }

  private:
    static Verdict verdict(const Answer& answer) {
        return std::get<Verdicts>(answer).attempts.at(0).verdict;
    }
};

}  // namespace nightreel
