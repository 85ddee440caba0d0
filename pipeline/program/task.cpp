#include "pipeline/program/task.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "pipeline/plan/job_file.h"
#include "pipeline/program/lines.h"
#include "pipeline/program/task_log.h"
#include "pipeline/program/threads.h"
#include "pipeline/store/artifact_store.h"
#include "pipeline/store/disk_fault.h"
#include "pipeline/takes/publish.h"
#include "pipeline/takes/take_check.h"
#include "pipeline/tasks/attempt.h"
#include "pipeline/tasks/engines.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/streams.h"
#include "shotspec/card/precision_policy.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr Millis progress_every{5'000};  // from inside a step

constexpr std::string_view usage =
    "usage: nightreel-render task JOBDIR TASK [--device auto|cpu|cuda:0] [--threads N] "
    "[--models DIR]... [--memory BYTES] [--precision NAME] [--root NAME=DIR]...";

// Of model files, so that the tasks of a job do not each read all of a model.
constexpr const char* digests_file = "model_digests.json";

struct TaskArguments {
    fs::path job_folder;
    std::string task;
    std::string device = "auto";
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision;
    std::int64_t memory_bytes = 0;
    std::vector<std::string> model_roots;
    Roots roots;  // instead of those of the job
};

std::int64_t memory_in(const std::string& text) {
    const auto memory = TextForm<ByteCount>::read(text);
    if (memory) return memory->bytes;
    throw Error(ErrorKind::usage,
                fmt::format("--memory {}: expected {}", text, TextForm<ByteCount>::accepted));
}

// Of "out=/mnt/takes".
std::string root_name_in(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos && equals > 0 && equals + 1 < text.size()) {
        return text.substr(0, equals);
    }
    throw Error(ErrorKind::usage,
                fmt::format("--root {}: expected NAME=DIR, such as out=/mnt/takes", text));
}

std::string root_path_in(const std::string& text) {
    return fs::absolute(text.substr(text.find('=') + 1)).lexically_normal().string();
}

TaskArguments parse(std::span<const std::string> arguments) {
    TaskArguments parsed;
    std::vector<std::string> places;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        const std::string& argument = arguments[at];
        if (!argument.starts_with("--")) {
            places.push_back(argument);
            continue;
        }
        if (at + 1 == arguments.size()) throw Error(ErrorKind::usage, std::string(usage));
        const std::string& value = arguments[++at];
        if (argument == "--device") {
            parsed.device = value;
        } else if (argument == "--threads") {
            parsed.threads = threads_in(value);
        } else if (argument == "--memory") {
            parsed.memory_bytes = memory_in(value);
        } else if (argument == "--precision") {
            parsed.precision = precision_policy_named(value);
        } else if (argument == "--root") {
            parsed.roots.insert_or_assign(root_name_in(value), root_path_in(value));
        } else if (argument == "--models") {
            parsed.model_roots.push_back(value);
        } else {
            throw Error(ErrorKind::usage, fmt::format("unknown option {}\n{}", argument, usage));
        }
    }
    if (places.size() != 2) throw Error(ErrorKind::usage, std::string(usage));
    parsed.job_folder = places[0];
    parsed.task = places[1];
    return parsed;
}

// Lines are written one by one: they are read while the task runs.
class FarmObserver final : public TaskObserver {
  public:
    FarmObserver(const StopSignal& stop, TaskLog& log, const Clock& clock)
        : stop_(stop), log_(log), clock_(clock) {}

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
        mention_text(fmt::format("openjd_progress: {:.1f}\n", 100 * fraction_));
        said_at_ = clock_.steady();
    }

    const StopSignal& stop_;
    TaskLog& log_;
    const Clock& clock_;
    std::string last_text_;
    double fraction_ = 0;
    Millis said_at_{0};
};

JobFile read_job(const fs::path& folder) {
    const fs::path path = folder / "job.json";
    return in_context(path.string(), [&] { return job_file_from_json(read_file(path)); });
}

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
std::vector<InputArtifact> inputs_of_task(const JobFile& job,
                                          const JobTask& task,
                                          ArtifactStore& store) {
    std::vector<InputArtifact> inputs;
    for (const Digest& digest : inputs_of(task.order)) {
        if (const auto artifact = find_result(store, digest)) {
            inputs.push_back(
                {digest, fs::absolute(store.folder_of(digest)).string(), artifact->result});
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

// A published take also lies outside the store; the root may be another one than before.
bool is_still_published(const TaskOrder& order, const Roots& roots) {
    const auto* publish_order = std::get_if<PublishOrder>(&order);
    if (publish_order == nullptr) return true;
    return check_take(folder_of_take(*publish_order, roots)).is_whole();
}

// Those of the job, but where it was told of another path.
Roots roots_for(const JobFile& job, const Roots& asked) {
    Roots roots = job.roots;
    for (const auto& [name, path] : asked) {
        if (roots.contains(name)) {
            roots[name] = path;
            continue;
        }
        std::string names;
        for (const auto& [known, ignored] : roots) names += (names.empty() ? "" : ", ") + known;
        throw Error(
            ErrorKind::usage,
            fmt::format("--root {}: this job has no such output root; it has: {}", name, names));
    }
    return roots;
}

int report_failure(const JobFile& job, const TaskFailure& failure) {
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

}  // namespace

int run_one_task(std::span<const std::string> arguments) {
    const TaskArguments asked = parse(arguments);
    const StopOnSignals stop;
    const SystemClock clock;
    TaskLog log(STDERR_FILENO, clock);
    FarmObserver observer(stop, log, clock);
    const JobFile job = read_job(asked.job_folder);
    const JobTask& task = task_named(job, asked.task);
    const Roots roots = roots_for(job, asked.roots);
    const fs::path artifacts = asked.job_folder / "artifacts";
    fs::create_directories(artifacts);  // the user named the folder
    ArtifactStore store(artifacts);
    if (is_done(store, task.digest) && is_still_published(task.order, roots)) {
        observer.progress(1, "already done");
        return 0;
    }
    if (const std::string fault = disk_fault(artifacts, store_free_bytes_default); !fault.empty()) {
        throw Error(ErrorKind::unavailable, fault);
    }
    store.sweep_abandoned();
    const fs::path staging = make_staging(store, task.digest);
    Engines engines(asked.job_folder / digests_file);
    const ChildLine line = attempt([&] {
        const TaskRequest request{.order = task.order,
                                  .inputs = inputs_of_task(job, task, store),
                                  .staging = fs::absolute(staging).string(),
                                  .model_roots = asked.model_roots,
                                  .device = asked.device,
                                  .threads = asked.threads,
                                  .precision = asked.precision,
                                  .memory_bytes = asked.memory_bytes,
                                  .roots = roots};
        log.begin(request);
        TaskResult result = run_task(request, engines, observer, clock);
        commit(result);
        result.commit.reset();
        store.seal(staging, task.digest, kind_of(task.order), task.name, result);
        store.publish(task.digest, staging);
        return result;
    });
    log.end(line);
    store.remove_staging(staging);
    if (line.failure) return report_failure(job, *line.failure);
    observer.progress(1, "done");
    return 0;
}

}  // namespace nightreel
