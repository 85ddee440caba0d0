#include "scheduler/server/translate.h"

#include <algorithm>

#include <fmt/format.h>

#include "scheduler/protocol/refusal.h"
#include "shotspec/base/check.h"
#include "shotspec/base/plain_text.h"

namespace nightreel {
namespace {

template <class To, class From, class Convert>
std::vector<To> each(const std::vector<From>& values, Convert convert) {
    std::vector<To> converted;
    converted.reserve(values.size());
    for (const From& value : values) converted.push_back(convert(value));
    return converted;
}

using MaybeCommand = std::optional<Command>;

constexpr std::uint32_t version_max = 1'000'000;
constexpr std::size_t name_bytes_max = 256;     // of hosts, models, classes
constexpr std::size_t fault_bytes_max = 1'000;  // of why one of many things is not there

template <class Value>
void expect_at_most(std::size_t most, const std::vector<Value>& values, std::string_view what) {
    if (values.size() <= most) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("the message lists {} {}, the limit is {}", values.size(), what, most));
}

FailureCause cause_from(wire::FailureCause cause) {
    switch (cause) {
        case wire::FailureCause::task:
            return FailureCause::task;
        case wire::FailureCause::killed:
            return FailureCause::killed;
        case wire::FailureCause::stopped:
            return FailureCause::stopped;
    }
    return FailureCause::task;
}

struct FromWorker {
    const WorkerId& worker;
    std::optional<Millis> predecessor_heard;

    MaybeCommand operator()(const wire::Hello& message) const {
        expect_at_most(wire::attempts_max, message.running, "attempts");
        expect_at_most(wire::attempts_max, message.finished, "attempts");
        return Hello{worker,
                     SessionId{message.session},
                     plain_line(message.host, name_bytes_max),
                     message.memory_bytes,
                     each<TaskAttempt>(message.running, attempt_from),
                     each<TaskAttempt>(message.finished, attempt_from),
                     predecessor_heard};
    }

    MaybeCommand operator()(const wire::Offers& message) const {
        expect_at_most(wire::models_max, message.models, "models");
        const auto model_from = [](const wire::OfferedModel& model) {
            return OfferedModel{plain_line(model.name, name_bytes_max),
                                model.digest,
                                plain_line(model.fault, fault_bytes_max)};
        };
        return Offer{worker,
                     SessionId{message.session},
                     {plain_line(message.device_class, name_bytes_max),
                      each<OfferedModel>(message.models, model_from),
                      plain_line(message.fault, fault_bytes_max)}};
    }

    MaybeCommand operator()(const wire::AskForWork& message) const {
        expect_at_most(wire::models_max, message.loaded_models, "models");
        return AskForWork{worker, SessionId{message.session}, message.loaded_models};
    }

    MaybeCommand operator()(const wire::KeepAlive& message) const {
        expect_at_most(wire::attempts_max, message.attempts, "attempts");
        const auto attempt_of = [](const auto& progress) { return attempt_from(progress.attempt); };
        KeepAlive command{
            worker, SessionId{message.session}, each<TaskAttempt>(message.attempts, attempt_of)};
        for (const wire::AttemptProgress& progress : message.attempts) {
            if (progress.text.empty()) continue;
            command.reasons.emplace(attempt_from(progress.attempt),
                                    plain_line(progress.text, fault_bytes_max));
        }
        return command;
    }

    MaybeCommand operator()(const wire::Done& message) const {
        return ReportDone{worker,
                          SessionId{message.session},
                          attempt_from(message.attempt),
                          message.facts,
                          message.cached};
    }

    MaybeCommand operator()(const wire::Published& message) const {
        return ReportPublished{worker, SessionId{message.session}, attempt_from(message.attempt)};
    }

    MaybeCommand operator()(const wire::Failed& message) const {
        expect_at_most(wire::attempts_max, message.lost_inputs, "inputs");
        return ReportFailure{worker,
                             SessionId{message.session},
                             attempt_from(message.attempt),
                             error_kind_named(message.kind),
                             plain_text(message.text, wire::text_bytes_max),
                             cause_from(message.cause),
                             message.lost_inputs};
    }

    MaybeCommand operator()(const wire::Goodbye&) const { return {}; }
};

struct FromClient {
    const std::string& by;

    static Selection selection(std::uint64_t job, const std::string& path) {
        return {JobId{job}, path};
    }

    MaybeCommand operator()(const wire::Cancel& request) const {
        return CancelTasks{selection(request.job, request.path), by};
    }

    MaybeCommand operator()(const wire::Retry& request) const {
        const auto scope = request.everything ? RetryScope::everything : RetryScope::failed;
        return RetryTasks{selection(request.job, request.path), scope, by};
    }

    MaybeCommand operator()(const wire::Pause& request) const {
        return PauseJob{JobId{request.job}, by};
    }

    MaybeCommand operator()(const wire::Resume& request) const {
        return ResumeJob{JobId{request.job}, by};
    }

    MaybeCommand operator()(const wire::SetPriority& request) const {
        return SetPriority{JobId{request.job}, request.priority, by};
    }

    MaybeCommand operator()(const wire::DeleteJob& request) const {
        return DeleteJob{JobId{request.job}, by};
    }

    MaybeCommand operator()(const wire::ManageWorker& request) const {
        const auto mode = from_word<WorkerMode>(request.mode);
        if (mode) return ManageWorker{WorkerId{request.worker}, *mode, by};
        throw Error(
            ErrorKind::bad_input,
            fmt::format("invalid mode '{}': expected online, draining or offline", request.mode));
    }

    MaybeCommand operator()(const wire::PrepareSubmission& request) const {
        GiveVersions command{by, {}};
        for (const wire::VersionWish& wish : request.shots) {
            if (has_control_characters(wish.place)) {
                throw Error(ErrorKind::bad_input, "an output path has control characters");
            }
            const auto number = [](std::uint32_t told) {
                return static_cast<int>(std::min(told, version_max));
            };
            command.wishes.push_back(
                {wish.place, wish.spec, number(wish.floor), number(wish.published)});
        }
        return command;
    }

    MaybeCommand operator()(const wire::SubmitBegin&) const { return {}; }

    MaybeCommand operator()(const wire::SubmitTasks&) const { return {}; }

    MaybeCommand operator()(const wire::SubmitEnd&) const { return {}; }

    MaybeCommand operator()(const wire::ListJobs&) const { return {}; }

    MaybeCommand operator()(const wire::ListWorkers&) const { return {}; }

    MaybeCommand operator()(const wire::GetStatus&) const { return {}; }

    MaybeCommand operator()(const wire::Watch&) const { return {}; }

    MaybeCommand operator()(const wire::GetLogs&) const { return {}; }

    MaybeCommand operator()(const wire::CloseFarm&) const { return {}; }

    MaybeCommand operator()(const wire::SubmitNight&) const { return {}; }

    MaybeCommand operator()(const wire::GetNight&) const { return {}; }

    MaybeCommand operator()(const wire::GetRates&) const { return {}; }

    MaybeCommand operator()(const wire::AddReviews& request) const {
        expect_at_most(wire::AddReviews::records_max, request.records, "records");
        for (const ReviewRecord& record : request.records) {
            const auto problems = problems_of(record);
            if (!problems.empty()) throw Error(ErrorKind::bad_input, problems.front());
        }
        return AddReviews{by, request.records};
    }

    MaybeCommand operator()(const wire::GetReviews&) const { return {}; }
};

}  // namespace

TaskAttempt attempt_from(const wire::Attempt& attempt) {
    return {{JobId{attempt.job}, attempt.task}, AttemptId{attempt.number}};
}

wire::Attempt attempt_on_wire(const TaskAttempt& attempt) {
    return {attempt.task.job.value, attempt.task.index, attempt.attempt.value};
}

std::optional<Command> command_from(const wire::WorkerMessage& message,
                                    const WorkerId& worker,
                                    std::optional<Millis> predecessor_heard) {
    return std::visit(FromWorker{worker, predecessor_heard}, message);
}

SessionId session_of(const wire::WorkerMessage& message) {
    return std::visit([](const auto& said) { return SessionId{said.session}; }, message);
}

std::optional<Command> command_from(const wire::ClientRequest& request, const std::string& by) {
    return std::visit(FromClient{by}, request);
}

wire::Role role_needed(const wire::ClientRequest& request) {
    using wire::Role;
    return std::visit(Overloaded{
                          [](const wire::ListJobs&) { return Role::view; },
                          [](const wire::ListWorkers&) { return Role::view; },
                          [](const wire::GetStatus&) { return Role::view; },
                          [](const wire::Watch&) { return Role::view; },
                          [](const wire::GetLogs&) { return Role::view; },
                          [](const wire::PrepareSubmission&) { return Role::submit; },
                          [](const wire::SubmitBegin&) { return Role::submit; },
                          [](const wire::SubmitTasks&) { return Role::submit; },
                          [](const wire::SubmitEnd&) { return Role::submit; },
                          [](const wire::Cancel&) { return Role::operate; },
                          [](const wire::Retry&) { return Role::operate; },
                          [](const wire::Pause&) { return Role::operate; },
                          [](const wire::Resume&) { return Role::operate; },
                          [](const wire::SetPriority&) { return Role::operate; },
                          [](const wire::DeleteJob&) { return Role::operate; },
                          [](const wire::ManageWorker&) { return Role::operate; },
                          [](const wire::CloseFarm&) { return Role::admin; },
                          [](const wire::SubmitNight&) { return Role::submit; },
                          [](const wire::GetNight&) { return Role::view; },
                          [](const wire::GetRates&) { return Role::view; },
                          [](const wire::AddReviews&) { return Role::approve; },
                          [](const wire::GetReviews&) { return Role::view; },
                      },
                      request);
}

std::optional<std::uint64_t> job_of_submitter_request(const wire::ClientRequest& request) {
    using Number = std::optional<std::uint64_t>;
    return std::visit(Overloaded{
                          [](const wire::Cancel& asked) -> Number { return asked.job; },
                          [](const wire::Retry& asked) -> Number { return asked.job; },
                          [](const wire::Pause& asked) -> Number { return asked.job; },
                          [](const wire::Resume& asked) -> Number { return asked.job; },
                          [](const wire::DeleteJob& asked) -> Number { return asked.job; },
                          [](const auto&) -> Number { return {}; },
                      },
                      request);
}

bool may(wire::Role role, wire::Role needed) {
    return role != wire::Role::worker && role >= needed;
}

wire::Verdict verdict_on_wire(Verdict verdict) {
    switch (verdict) {
        case Verdict::keep:
            return wire::Verdict::keep;
        case Verdict::publish:
            return wire::Verdict::publish;
        case Verdict::settled:
            return wire::Verdict::settled;
        case Verdict::drop:
            return wire::Verdict::drop;
    }
    return wire::Verdict::drop;
}

wire::ServerReply reply_from(const Answer& answer) {
    if (const auto* changed = std::get_if<Changed>(&answer)) return wire::Changed{changed->tasks};
    if (const auto* given = std::get_if<VersionsAnswer>(&answer)) {
        wire::Prepared prepared;
        for (const GivenVersion& version : given->versions) {
            prepared.versions.push_back(static_cast<std::uint32_t>(version.version));
        }
        return prepared;
    }
    if (const auto* accepted = std::get_if<JobAccepted>(&answer)) {
        return wire::Submitted{accepted->job.value, accepted->already_known};
    }
    if (const auto* refused = std::get_if<Refused>(&answer)) {
        return wire::refusal(refused->kind, refused->text);
    }
    NIGHTREEL_CHECK(std::holds_alternative<Nothing>(answer), "people are not given work");
    return wire::Changed{0};
}

}  // namespace nightreel
