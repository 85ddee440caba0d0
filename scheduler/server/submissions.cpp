#include "scheduler/server/submissions.h"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/plan/task_order.h"
#include "scheduler/protocol/order_facts.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

[[noreturn]] void refuse(const wire::SubmittedTask& task, const std::string& why) {
    throw Error(ErrorKind::bad_input, fmt::format("task \"{}\": {}", task.name, why));
}

void check_needs(const wire::SubmittedTask& task, std::size_t index) {
    for (std::size_t i = 0; i < task.needs.size(); ++i) {
        if (task.needs[i] >= index) refuse(task, "depends on a task that does not come before it");
        const auto end = task.needs.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::find(task.needs.begin(), end, task.needs[i]) != end) {
            refuse(task, fmt::format("lists task {} twice as a dependency", task.needs[i]));
        }
    }
}

void check_inputs(const wire::SubmittedTask& task,
                  const TaskOrder& order,
                  const std::vector<TaskSpec>& earlier) {
    for (const Digest& input : inputs_of(order)) {
        const bool made = std::any_of(task.needs.begin(), task.needs.end(), [&](TaskIndex need) {
            return earlier[need].digest == input;
        });
        if (!made) {
            refuse(
                task,
                fmt::format("reads {}, which none of its dependencies makes", input.short_hex()));
        }
    }
}

TaskSpec checked(const wire::SubmittedTask& task, const std::vector<TaskSpec>& earlier) {
    if (task.name.empty() || task.name.size() > Submissions::name_bytes_max) {
        refuse(task,
               fmt::format("invalid name: expected 1 to {} bytes",
                           std::size_t{Submissions::name_bytes_max}));
    }
    if (task.order.size() > Submissions::order_bytes_max) {
        refuse(task,
               fmt::format("its order has {} bytes, the limit is {}",
                           task.order.size(),
                           std::size_t{Submissions::order_bytes_max}));
    }
    const TaskOrder order = in_context(fmt::format("task \"{}\"", task.name),
                                       [&] { return task_order_from_json(task.order); });
    if (digest_of(order) != task.digest) {
        refuse(task,
               fmt::format("digest and order do not match on this scheduler ({}): install the same "
                           "release of Nightreel on both sides",
                           engine_version));
    }
    check_needs(task, earlier.size());
    check_inputs(task, order, earlier);
    TaskSpec spec{kind_of(order),
                  task.name,
                  task.digest,
                  task.needs,
                  task.memory_bytes,
                  std::max(0.0, task.seconds),
                  {},
                  {},
                  {}};
    if (const ModelReference* model = model_loaded_for(order)) {
        spec.model = model->name;
        spec.model_digest = model->digest;
    }
    return spec;
}

}  // namespace

Submissions::Pending& Submissions::pending(const Key& key) {
    const auto found = pending_.find(key);
    if (found == pending_.end()) {
        throw Error(
            ErrorKind::bad_input,
            "the scheduler does not know this submission (it may have expired): submit again");
    }
    return found->second;
}

void Submissions::forget_idle(Millis now) {
    std::erase_if(pending_,
                  [&](const auto& entry) { return now - entry.second.touched > idle_max; });
}

std::uint64_t Submissions::begin(const std::string& submitter,
                                 const wire::SubmitBegin& request,
                                 Millis now) {
    forget_idle(now);
    if (request.submission.empty() || request.submission.size() > name_bytes_max) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("invalid submission key: expected 1 to {} bytes",
                                std::size_t{name_bytes_max}));
    }
    if (request.tasks == 0 || request.tasks > tasks_max_) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("a job must have 1 to {} tasks, not {}", tasks_max_, request.tasks));
    }
    const Key key{submitter, request.submission};
    if (!pending_.contains(key) && pending_.size() >= pending_max) {
        throw Error(ErrorKind::unavailable,
                    "too many jobs are being submitted at once: try again in a few seconds");
    }
    Pending fresh;
    fresh.job.command = {request.submission, request.title, submitter, request.priority, {}};
    fresh.tasks = request.tasks;
    fresh.touched = now;
    pending_[key] = std::move(fresh);
    return 0;
}

std::uint64_t Submissions::add(const std::string& submitter,
                               const wire::SubmitTasks& request,
                               Millis now) {
    Pending& job = pending({submitter, request.submission});
    job.touched = now;
    std::vector<TaskSpec>& specs = job.job.command.tasks;
    if (request.first > specs.size()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "task {} arrived after task {}: submit again", request.first, specs.size()));
    }
    for (std::size_t i = specs.size() - request.first; i < request.tasks.size(); ++i) {
        const wire::SubmittedTask& task = request.tasks[i];
        if (specs.size() >= job.tasks) refuse(task, "exceeds the announced number of tasks");
        job.bytes += task.order.size();
        if (job.bytes > bytes_max) refuse(task, "makes the job too large");
        specs.push_back(checked(task, specs));
        job.job.orders.push_back(task.order);
    }
    return specs.size();
}

ArrivedJob Submissions::end(const std::string& submitter, const wire::SubmitEnd& request) {
    const Key key{submitter, request.submission};
    const Pending& job = pending(key);
    if (job.job.command.tasks.size() != job.tasks) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} tasks were announced, but {} arrived",
                                job.tasks,
                                job.job.command.tasks.size()));
    }
    ArrivedJob whole = std::move(pending_.at(key).job);
    pending_.erase(key);
    return whole;
}

}  // namespace nightreel
