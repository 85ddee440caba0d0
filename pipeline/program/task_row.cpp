#include "pipeline/program/task_row.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>

#include "pipeline/job/job_directory.h"
#include "pipeline/job/unit_attempt.h"
#include "pipeline/plan/orders/order_paths.h"
#include "pipeline/plan/records/record_chain.h"
#include "pipeline/plan/rounds/round_facts.h"
#include "pipeline/program/task_log.h"
#include "pipeline/store/artifact_store.h"
#include "pipeline/store/disk_fault.h"
#include "pipeline/takes/publish.h"
#include "pipeline/takes/reuse.h"
#include "pipeline/tasks/attempt.h"
#include "pipeline/tasks/engines.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_lock.h"
#include "shotspec/base/files.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr Millis alive_every{1'000};  // told of, from inside a step

// Of one task of a row, to whoever hears of the row.
class RowObserver final : public TaskObserver {
  public:
    RowObserver(TaskAudience& audience,
                const std::function<bool()>& stopped,
                TaskLog& log,
                const Clock& clock)
        : audience_(audience), stopped_(stopped), log_(log), clock_(clock) {}

    // What follows is the part of the whole row from `from`, and `share` of it.
    void begin_part(const std::string& task, double from, double share) {
        told_.task = task;
        from_ = from;
        share_ = share;
        fraction_ = 0;
    }

    void progress(double fraction, std::string_view text) override {
        log_.step(fraction, text);
        fraction_ = std::max(fraction_, fraction);
        told_.doing = text;
        tell();
    }

    void alive(std::optional<double> fraction) override {
        fraction_ = std::max(fraction_, fraction.value_or(0));
        if (clock_.steady() - told_at_ >= alive_every) tell();
    }

    void note(std::string_view line) override { log_.note(line); }

    bool cancelled() override { return stopped_(); }

  private:
    void tell() {
        told_.fraction = std::min(1.0, from_ + share_ * fraction_);
        audience_.progress(told_);
        told_at_ = clock_.steady();
    }

    TaskAudience& audience_;
    const std::function<bool()>& stopped_;
    TaskLog& log_;
    const Clock& clock_;
    RowProgress told_;
    double from_ = 0;
    double share_ = 1;
    double fraction_ = 0;
    Millis told_at_{0};
};

std::string staging_owner() {
    return "task-" + host_name();
}

// What cannot be removed now is swept later, and changes nothing for the result.
void remove_if_possible(ArtifactStore& store, const fs::path& staging) {
    try {
        store.remove_staging(staging);
    } catch (const Error& error) {
        say("nightreel-render: {}\n", error.what());
    }
}

// A folder of its own for an attempt, gone when the attempt has ended. Folders of attempts that run
// at once, on one host or on many, differ. Its lock tells that somebody is at work in it.
class Staging {
  public:
    Staging(ArtifactStore& store, const Digest& digest) : store_(store) {
        make(digest);
        // Somebody who swept may have had it between its making and its locking. On a disk without
        // locks nobody sweeps.
        if (lock_.held() && lock_.is_of(folder_)) return;
        remove_if_possible(store_, folder_);
        make(digest);
    }

    ~Staging() { remove_if_possible(store_, folder_); }

    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    const fs::path& folder() const { return folder_; }

  private:
    void make(const Digest& digest) {
        folder_ = store_.make_staging(staging_owner(),
                                      fmt::format("{}-{}", digest.short_hex(), random_name()));
        lock_ = FileLock(folder_, O_RDONLY | O_DIRECTORY);
    }

    ArtifactStore& store_;
    fs::path folder_;
    FileLock lock_;
};

// Removes what attempts that were killed left on this host.
void sweep_killed_attempts(ArtifactStore& store) {
    const fs::path room = store.staging_of(staging_owner(), "any").parent_path();
    std::error_code why;
    for (fs::directory_iterator it(room, why), end; !why && it != end; it.increment(why)) {
        const FileLock lock(it->path(), O_RDONLY | O_DIRECTORY);
        if (lock.held()) remove_if_possible(store, it->path());
    }
}

// Nobody has to accept the attempt of a task that was started by hand.
void commit(const TaskResult& result) {
    if (!result.commit) return;
    for (const TaskCommit& prepared : *result.commit) commit_take(prepared);
}

std::optional<Artifact> find_result(ArtifactStore& store, const Digest& digest) {
    try {
        return store.find(digest);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::corrupt) throw;
        throw LostInput(digest, error.what());
    }
}

// Every input of the task, verified; names the task that has to run first when one is not there.
std::vector<InputArtifact> inputs_of_task(const JobIndex& job,
                                          const JobTask& task,
                                          const TaskOrder& order,
                                          ArtifactStore& store) {
    std::vector<InputArtifact> inputs;
    for (const Digest& digest : inputs_of(order)) {
        if (const auto artifact = find_result(store, digest)) {
            inputs.push_back(
                {digest, fs::absolute(store.folder_of(digest)).string(), records_of(*artifact)});
            continue;
        }
        for (const JobTask& other : job.tasks) {
            if (other.digest != digest) continue;
            throw Error(
                ErrorKind::unavailable,
                fmt::format(
                    "{} requires the result of {}, which does not exist yet: run that task first",
                    task.name,
                    other.name));
        }
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{} requires {}, which no task of this job makes", task.name, digest.short_hex()));
    }
    return inputs;
}

// By whom and when the night was exported, so that its dailies stay in one folder whenever they are
// written.
std::optional<JobFacts> facts_of(const JobIndex& job, const JobOrigin& origin) {
    if (origin.exported_at == 0) return {};
    return JobFacts{.submission = job.night.hex(),
                    .submitter = origin.exported_by,
                    .submitted_at = utc_text(Millis(origin.exported_at))};
}

// Whether the task is one of the take's own, or of its shot for all takes.
bool belongs_to(const std::string& task, const std::string& take) {
    const std::string shot = take.substr(0, take.rfind('.')) + ".";
    return task.starts_with(take + ".") ||
           (task.starts_with(shot) && task.find('.', shot.size()) == std::string::npos);
}

constexpr std::size_t reason_bytes_max = 500;

using Attempts = std::map<std::string, std::vector<UnitAttempt>>;  // by unit

// "encode failed (bad_input): ..." by the last run that failed at a task of the take.
std::string why_not_published(const Attempts& attempts, const std::string& take) {
    const UnitAttempt* last = nullptr;
    for (const auto& [unit, runs] : attempts) {
        const UnitAttempt& run = runs.back();
        const bool failed = run.exit_code.value_or(0) != 0 && !run.text.empty();
        if (!failed || !belongs_to(run.task, take)) continue;
        if (last == nullptr || last->began_at < run.began_at) last = &run;
    }
    if (last == nullptr) return "not published";
    const std::string name = last->task.substr(last->task.rfind('.') + 1);
    return fmt::format(
        "{} failed ({}): {}", name, last->kind, plain_line(last->text, reason_bytes_max));
}

// What the result of a task tells; null where there is none.
Json facts_of_result(ArtifactStore& store, const JobTask& task) {
    try {
        const std::optional<Artifact> result = find_result(store, task.digest);
        const Json facts = result ? Json::parse(result->result.facts, nullptr, false) : Json();
        return facts.is_object() ? facts : Json();
    } catch (const LostInput&) {
        return {};  // what it says is not worth more than nothing
    }
}

TakeOutcome outcome_of_rank(const Json& facts, const Attempts& attempts, const JobTask& rank) {
    TakeOutcome outcome{.take = rank.name};
    if (facts.contains(ranking_fact)) {
        outcome.ranking = facts[ranking_fact].dump();
    } else {
        outcome.reason = why_not_published(attempts, rank.name);
    }
    return outcome;
}

// What became of the takes that a dailies task stands after, by what lies in their places and what
// the runs of their units left.
std::vector<TakeOutcome> outcomes_for(const JobIndex& job,
                                      const JobTask& task,
                                      const TaskOrder& order,
                                      const Roots& roots,
                                      const fs::path& job_directory,
                                      ArtifactStore& store) {
    std::vector<TakeOutcome> outcomes;
    const auto* dailies = std::get_if<DailiesOrder>(&order);
    if (dailies == nullptr) return outcomes;
    const Attempts attempts = read_attempts(job_directory);
    const std::set<std::string_view> after(task.after.begin(), task.after.end());
    for (const JobTask& other : job.tasks) {
        if (!after.contains(other.name)) continue;
        if (other.kind == TaskKind::rank) {
            outcomes.push_back(outcome_of_rank(facts_of_result(store, other), attempts, other));
            continue;
        }
        if (!other.folder || facts_of_result(store, other).contains(not_needed_fact)) continue;
        const fs::path folder = folder_below(roots, dailies->root, *other.folder);
        TakeOutcome& outcome = outcomes.emplace_back();
        outcome.take = other.name.substr(0, other.name.rfind('.'));
        if (fs::exists(folder / publish_file)) {
            outcome.folder = *other.folder;
        } else {
            outcome.reason = why_not_published(attempts, outcome.take);
        }
    }
    return outcomes;
}

class TaskRow {
  public:
    TaskRow(const TaskArguments& asked,
            std::optional<Engines>& engines,
            TaskAudience& audience,
            const std::function<bool()>& stopped,
            const Clock& clock)
        : asked_(asked),
          engines_(engines),
          audience_(audience),
          stopped_(stopped),
          clock_(clock),
          log_([&audience](std::string_view line) { audience.log(line); }, clock),
          observer_(audience, stopped, log_, clock) {}

    void open() {
        if (!asked_.map_rules.empty()) {
            const auto rules = in_context(asked_.map_rules.string(), [&] {
                return path_mappings_from_json(read_file(asked_.map_rules));
            });
            asked_.mappings.insert(asked_.mappings.end(), rules.begin(), rules.end());
        }
        asked_ = mapped_arguments(std::move(asked_));
        if (!engines_) engines_.emplace(digests_file_of(asked_));
        job_ = read_job_index(asked_.job_directory);
        roots_ = roots_for(job_.roots, asked_);
        for (const std::string& name : asked_.tasks) tasks_.push_back(&task_named(job_, name));
        if (!asked_.has_own_store) fs::create_directories(asked_.store);
        store_.emplace(asked_.store);
        sweep_killed_attempts(*store_);
        store_->sweep_abandoned();
    }

    void run() {
        double all = 0;
        for (const JobTask* task : tasks_) all += cost_of(*task);
        double before = 0;
        for (const JobTask* task : tasks_) {
            task_ = task->name;
            observer_.begin_part(task_, before / all, cost_of(*task) / all);
            run_one(*task);
            before += cost_of(*task);
        }
    }

    int fail(const ChildLine& line) {
        const TaskFailure& failure = *line.failure;
        if (log_has_begun_) log_.end(line);
        for (const Digest& digest : failure.lost) {
            for (const JobTask& task : job_.tasks) {
                if (task.digest != digest) continue;
                audience_.log(fmt::format("nightreel-render: run task {} again\n", task.name));
            }
        }
        audience_.failed({.task = task_, .kind = failure.kind, .text = failure.text});
        return exit_code_of(error_kind_named(failure.kind));
    }

  private:
    // In shares of progress; no task is without any.
    static double cost_of(const JobTask& task) { return std::max(task.cost.seconds, 0.001); }

    void run_one(const JobTask& task) {
        if (stopped_()) {
            throw Error(ErrorKind::cancelled, task.name + ": stopped before it began");
        }
        const TaskOrder order = order_on_this_machine(read_job_order(asked_.job_directory, task),
                                                      asked_.job_directory.string(),
                                                      asked_.mappings);
        if (is_done(task.digest) && may_reuse(order, roots_)) {
            observer_.progress(1, task.name + ": already done");
            return;
        }
        render(task, order);
        observer_.progress(1, task.name + ": done");
    }

    // A result that was found damaged has been set aside by then: it is made again.
    bool is_done(const Digest& digest) {
        try {
            return find_result(*store_, digest).has_value();
        } catch (const LostInput& damaged) {
            audience_.log(
                fmt::format("nightreel-render: {}; rendering it again\n", damaged.what()));
            return false;
        }
    }

    void render(const JobTask& task, const TaskOrder& order) {
        if (const std::string fault = disk_fault(asked_.store, store_free_bytes_default);
            !fault.empty()) {
            throw Error(ErrorKind::unavailable, fault);
        }
        const Staging staging(*store_, task.digest);
        const bool is_dailies = task.kind == TaskKind::dailies;
        const JobOrigin origin = read_job_origin(asked_.job_directory);
        const TaskRequest request{
            .order = order,
            .inputs = inputs_of_task(job_, task, order, *store_),
            .staging = fs::absolute(staging.folder()).string(),
            .model_roots = asked_.model_roots,
            .device = asked_.device,
            .threads = asked_.threads,
            .precision = asked_.precision,
            .memory_bytes = asked_.memory_bytes,
            .roots = roots_,
            .job = facts_of(job_, origin),
            .outcomes = outcomes_for(job_, task, order, roots_, asked_.job_directory, *store_),
            .night = is_dailies ? origin.night : std::vector<NightFile>(),
            .resume = fs::absolute(store_->resume_of(task.digest)).string()};
        log_.begin(request);
        log_has_begun_ = true;
        ChildLine line;
        line.result = run_task(request, *engines_, observer_, clock_);
        TaskResult& result = *line.result;
        commit(result);
        result.commit.reset();
        store_->seal(
            staging.folder(), task.digest, task.kind, task.name, result, records_below(request));
        store_->publish(
            task.digest, staging.folder(), is_dailies ? Existing::replace : Existing::keep);
        log_.end(line);
        log_has_begun_ = false;
    }

    TaskArguments asked_;
    std::optional<Engines>& engines_;
    TaskAudience& audience_;
    const std::function<bool()>& stopped_;
    const Clock& clock_;
    TaskLog log_;
    bool log_has_begun_ = false;
    RowObserver observer_;
    JobIndex job_;
    Roots roots_;
    std::optional<ArtifactStore> store_;
    std::vector<const JobTask*> tasks_;
    std::string task_;  // that runs
};

}  // namespace

int run_task_row(const TaskArguments& asked,
                 std::optional<Engines>& engines,
                 TaskAudience& audience,
                 const std::function<bool()>& stopped,
                 const Clock& clock) {
    TaskRow row(asked, engines, audience, stopped, clock);
    const ChildLine line = attempt(
        [&] {
            row.open();
            row.run();
            return TaskResult();
        },
        [&](std::string_view text) { audience.log(text); });
    return line.failure ? row.fail(line) : 0;
}

}  // namespace nightreel
