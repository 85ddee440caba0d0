#include "worker/render_child.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr std::size_t reason_bytes_max = 1'000;  // of the log's end, in an error text

TaskFailure failure(ErrorKind kind, std::string text) {
    return {std::string(name_of(kind)), std::move(text), {}};
}

// The render program ends with the exit code of an ErrorKind when it can still choose.
ErrorKind kind_of_exit_code(int code) {
    for (const ErrorKind kind :
         {ErrorKind::out_of_memory, ErrorKind::unavailable, ErrorKind::bad_input}) {
        if (code == exit_code_of(kind)) return kind;
    }
    return ErrorKind::crash;
}

// A fault that may have left the process in a bad state: the next task gets a fresh one.
bool spoils_the_process(const TaskFailure& task) {
    const ErrorKind kind = error_kind_named(task.kind);
    return kind != ErrorKind::bad_input && kind != ErrorKind::corrupt;
}

}  // namespace

RenderChild::RenderChild(ChildProgram program, RenderLimits limits)
    : program_(std::move(program)), limits_(limits) {}

RenderChild::~RenderChild() = default;

void RenderChild::begin(const TaskRequest& request,
                        const std::filesystem::path& log_path,
                        Millis now) {
    NIGHTREEL_CHECK(!busy_, "one task at a time");
    log_path_ = log_path;
    log_bytes_ = 0;
    log_tail_.clear();
    std::ofstream(log_path_, std::ios::app).flush();  // there even when nothing is said
    progress_ = {};
    last_line_ = now;
    kill_at_.reset();
    stopped_because_.reset();
    if (child_) {
        child_->pump();
        if (child_->exit()) child_.reset();  // it died between two tasks: nobody's fault
    }
    if (!child_) child_ = std::make_unique<ChildProcess>(program_);
    busy_ = true;
    child_->send_line(to_json_text(request));
}

std::optional<RenderOutcome> RenderChild::pump(Millis now) {
    if (!child_) return {};
    std::optional<RenderOutcome> outcome;
    try {
        outcome = take_in(now);
    } catch (const Error& error) {
        // The task boundary: what the child writes must not harm the worker.
        child_.reset();
        if (busy_) outcome = failure(ErrorKind::crash, error.what());
    }
    if (outcome) {
        const auto* failed = std::get_if<TaskFailure>(&*outcome);
        if (stopped_because_ || (failed != nullptr && spoils_the_process(*failed))) child_.reset();
        end_task();
    } else if (busy_) {
        watch_limits(now);
    }
    if (child_ && child_->exit()) child_.reset();
    return outcome;
}

std::optional<RenderOutcome> RenderChild::take_in(Millis now) {
    child_->pump();
    take_log();
    if (!busy_) {
        child_->take_lines();  // it has nothing to say between two tasks
        return {};
    }
    std::optional<RenderOutcome> outcome = read_lines(now);
    if (!outcome && child_->exit()) outcome = outcome_of_exit(*child_->exit());
    return outcome;
}

void RenderChild::watch_limits(Millis now) {
    if (kill_at_ && now >= *kill_at_) child_->kill();
    if (kill_at_ || now - last_line_ < limits_.stall) return;
    stopped_because_ = failure(ErrorKind::timed_out,
                               fmt::format("no progress for {} s, last at {:.0f} %: {}",
                                           limits_.stall.count() / 1'000,
                                           100 * progress_.fraction,
                                           progress_.text));
    kill_at_ = now + limits_.farewell;
    child_->terminate();
}

std::optional<RenderOutcome> RenderChild::read_lines(Millis now) {
    for (const std::string& text : child_->take_lines()) {
        last_line_ = now;
        const ChildLine line = child_line_from_json(text);
        if (line.progress) {
            progress_ = *line.progress;
            continue;
        }
        // Once it has been told to stop, only its end counts: it is not kept.
        if (stopped_because_) return *stopped_because_;
        if (line.failure) return *line.failure;
        if (line.result) return *line.result;
    }
    return {};
}

RenderOutcome RenderChild::outcome_of_exit(const ChildExit& exit) const {
    if (stopped_because_) return *stopped_because_;
    const std::size_t bytes = std::min(log_tail_.size(), reason_bytes_max);
    const std::string last_words =
        bytes == 0 ? "" : "; " + log_tail_.substr(log_tail_.size() - bytes);
    if (exit.out_of_memory) {
        return failure(ErrorKind::out_of_memory,
                       "the system killed the renderer because memory ran out" + last_words);
    }
    if (exit.end.signal != 0) {
        return failure(ErrorKind::crash,
                       fmt::format("the renderer was killed by signal {} ({}){}",
                                   exit.end.signal,
                                   ::strsignal(exit.end.signal),
                                   last_words));
    }
    return failure(kind_of_exit_code(exit.end.code),
                   fmt::format("the renderer exited with code {}{}", exit.end.code, last_words));
}

void RenderChild::cancel(Millis now) {
    if (!busy_ || kill_at_) return;
    stopped_because_ = failure(ErrorKind::cancelled, "cancelled: the result is no longer needed");
    kill_at_ = now + limits_.farewell;
    child_->terminate();
}

void RenderChild::take_log() {
    const std::string text = child_->take_log();
    if (text.empty() || log_path_.empty()) return;
    log_tail_ += text;
    if (log_tail_.size() > limits_.log_tail_bytes_max) {
        log_tail_.erase(0, log_tail_.size() - limits_.log_tail_bytes_max);
    }
    const std::size_t room = limits_.log_bytes_max - log_bytes_;
    const std::size_t written = std::min(room, text.size());
    log_bytes_ += written;
    // The log is a convenience: a full disk shows where the result is written.
    std::ofstream(log_path_, std::ios::app | std::ios::binary)
        .write(text.data(), static_cast<std::streamsize>(written));
}

void RenderChild::end_task() {
    busy_ = false;
    kill_at_.reset();
    stopped_because_.reset();
}

std::vector<RenderChild::Descriptor> RenderChild::descriptors() const {
    if (!child_) return {};
    std::vector<Descriptor> all{{child_->output_descriptor()}, {child_->log_descriptor()}};
    if (child_->has_unsent()) all.push_back({child_->input_descriptor(), true});
    return all;
}

std::optional<Millis> RenderChild::next_deadline() const {
    if (!busy_) return {};
    return kill_at_ ? *kill_at_ : last_line_ + limits_.stall;
}

}  // namespace nightreel
