#include "pipeline/program/task.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "pipeline/plan/order_paths.h"
#include "pipeline/plan/records/record_chain.h"
#include "pipeline/program/lines.h"
#include "pipeline/program/task_arguments.h"
#include "pipeline/program/task_log.h"
#include "pipeline/store/artifact_store.h"
#include "pipeline/store/disk_fault.h"
#include "pipeline/job/job_directory.h"
#include "pipeline/takes/publish.h"
#include "pipeline/takes/reuse.h"
#include "pipeline/tasks/attempt.h"
#include "pipeline/tasks/engines.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/streams.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr Millis progress_every{5'000};  // from inside a step

// Of model files, so that the tasks of a job do not each read all of a model.
constexpr const char* digests_file = "model_digests.json";

// Tells of a row of tasks. Lines are written one by one: they are read while a task runs.
class FarmObserver final : public TaskObserver {
  public:
    FarmObserver(const StopSignal& stop, TaskLog& log, const Clock& clock)
        : stop_(stop), log_(log), clock_(clock) {}

    // What follows is the part of the whole row from `from`, and `share` of it.
    void begin_part(double from, double share) {
        from_ = from;
        share_ = share;
        fraction_ = 0;
    }

    void progress(double fraction, std::string_view text) override {
        log_.step(fraction, text);
        fraction_ = std::max(fraction_, fraction);
        if (text != last_text_) mention_text(fmt::format("openjd_status: {}\n", text));
        last_text_ = text;
        say();
    }

    void alive(std::optional<double> fraction) override {
        fraction_ = std::max(fraction_, fraction.value_or(0));
        if (clock_.steady() - said_at_ >= progress_every) say();
    }

    void note(std::string_view line) override { log_.note(line); }

    bool cancelled() override { return stop_.raised(); }

  private:
    void say() {
        const double whole = std::min(1.0, from_ + share_ * fraction_);
        mention_text(fmt::format("openjd_progress: {:.1f}\n", 100 * whole));
        said_at_ = clock_.steady();
    }

    const StopSignal& stop_;
    TaskLog& log_;
    const Clock& clock_;
    std::string last_text_;
    double from_ = 0;
    double share_ = 1;
    double fraction_ = 0;
    Millis said_at_{0};
};

// Folders of attempts that run at once, on one host or on many, must differ.
fs::path make_staging(ArtifactStore& store, const Digest& digest) {
    return store.make_staging("task-" + host_name(),
                              fmt::format("{}-{}", digest.short_hex(), random_name()));
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

// A result that was found damaged has been set aside by then: it is made again.
bool is_done(ArtifactStore& store, const Digest& digest) {
    try {
        return find_result(store, digest).has_value();
    } catch (const LostInput& damaged) {
        say("nightreel-render: {}; rendering it again\n", damaged.what());
        return false;
    }
}

// What became of the takes that a dailies task stands after, by what lies in their places.
std::vector<TakeOutcome> outcomes_for(const JobIndex& job,
                                      const JobTask& task,
                                      const TaskOrder& order,
                                      const Roots& roots) {
    std::vector<TakeOutcome> outcomes;
    const auto* dailies = std::get_if<DailiesOrder>(&order);
    if (dailies == nullptr) return outcomes;
    const std::set<std::string_view> after(task.after.begin(), task.after.end());
    for (const JobTask& other : job.tasks) {
        if (!other.folder || !after.contains(other.name)) continue;
        const fs::path folder = folder_below(roots, dailies->root, *other.folder);
        TakeOutcome& outcome = outcomes.emplace_back();
        outcome.take = other.name.substr(0, other.name.rfind('.'));
        if (fs::exists(folder / publish_file)) {
            outcome.folder = *other.folder;
        } else {
            outcome.reason = "not published";
        }
    }
    return outcomes;
}

int report_failure(const JobIndex& job, const TaskFailure& failure) {
    say("nightreel-render: {}\n", failure.text);
    for (const Digest& digest : failure.lost) {
        for (const JobTask& task : job.tasks) {
            if (task.digest != digest) continue;
            say("nightreel-render: run task {} again\n", task.name);
        }
    }
    mention_text(fmt::format("openjd_fail: {}\n", failure.text));
    return exit_code_of(error_kind_named(failure.kind));
}

// The tasks of one command line, one after the other; models stay open between them.
class Session {
  public:
    Session(const TaskArguments& asked, const StopSignal& stop, const Clock& clock)
        : asked_(asked),
          stop_(stop),
          clock_(clock),
          job_(read_job_index(asked.job_directory)),
          roots_(roots_for(job_.roots, asked)),
          store_(asked.store),
          engines_(asked.store / digests_file),
          log_(STDERR_FILENO, clock),
          observer_(stop, log_, clock) {
        for (const std::string& name : asked.tasks) tasks_.push_back(&task_named(job_, name));
    }

    // 0, or the exit code of the first failure; what was done before it stays done.
    int run_all() {
        double all = 0;
        for (const JobTask* task : tasks_) all += cost_of(*task);
        double before = 0;
        for (const JobTask* task : tasks_) {
            observer_.begin_part(before / all, cost_of(*task) / all);
            const int code = run(*task);
            if (code != 0) return code;
            before += cost_of(*task);
        }
        return 0;
    }

  private:
    // In shares of progress; no task is without any.
    static double cost_of(const JobTask& task) { return std::max(task.cost.seconds, 0.001); }

    int run(const JobTask& task) {
        if (stop_.raised()) {
            return report_failure(job_,
                                  {.kind = std::string(name_of(ErrorKind::cancelled)),
                                   .text = task.name + ": stopped before it began",
                                   .lost = {}});
        }
        const TaskOrder order = order_on_this_machine(read_job_order(asked_.job_directory, task),
                                                      asked_.job_directory.string(),
                                                      asked_.mappings);
        if (is_done(store_, task.digest) && may_reuse(order, roots_)) {
            observer_.progress(1, task.name + ": already done");
            return 0;
        }
        return render(task, order);
    }

    int render(const JobTask& task, const TaskOrder& order) {
        if (const std::string fault = disk_fault(asked_.store, store_free_bytes_default);
            !fault.empty()) {
            throw Error(ErrorKind::unavailable, fault);
        }
        store_.sweep_abandoned();
        const fs::path staging = make_staging(store_, task.digest);
        const ChildLine line = attempt([&] {
            const TaskRequest request{.order = order,
                                      .inputs = inputs_of_task(job_, task, order, store_),
                                      .staging = fs::absolute(staging).string(),
                                      .model_roots = asked_.model_roots,
                                      .device = asked_.device,
                                      .threads = asked_.threads,
                                      .precision = asked_.precision,
                                      .memory_bytes = asked_.memory_bytes,
                                      .roots = roots_,
                                      .outcomes = outcomes_for(job_, task, order, roots_)};
            log_.begin(request);
            TaskResult result = run_task(request, engines_, observer_, clock_);
            commit(result);
            result.commit.reset();
            store_.seal(staging, task.digest, task.kind, task.name, result, records_below(request));
            const bool is_dailies = task.kind == TaskKind::dailies;
            store_.publish(task.digest, staging, is_dailies ? Existing::replace : Existing::keep);
            return result;
        });
        log_.end(line);
        store_.remove_staging(staging);
        if (line.failure) return report_failure(job_, *line.failure);
        observer_.progress(1, task.name + ": done");
        return 0;
    }

    const TaskArguments& asked_;
    const StopSignal& stop_;
    const Clock& clock_;
    const JobIndex job_;
    const Roots roots_;
    ArtifactStore store_;
    Engines engines_;
    TaskLog log_;
    FarmObserver observer_;
    std::vector<const JobTask*> tasks_;
};

}  // namespace

int run_tasks(std::span<const std::string> arguments) {
    const TaskArguments asked = task_arguments_of(arguments);
    if (!asked.has_own_store) fs::create_directories(asked.store);
    const StopOnSignals stop;
    const SystemClock clock;
    return Session(asked, stop, clock).run_all();
}

}  // namespace nightreel
