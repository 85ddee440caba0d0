#include "worker/render_child.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include "shotspec/base/check.h"
#include "shotspec/base/utf8.h"
#include "worker/memory_kills.h"

namespace nightreel {
namespace {

constexpr std::size_t reason_bytes_max = 1'000;  // of the log's last line, in an error text
constexpr Millis dying_looked_at_every{20};

// Signals that a process does not raise by a fault of its own. SIGKILL for want of memory is told
// apart before.
constexpr std::array outside_signals{SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU};

// The render program ends with the exit code of an ErrorKind when it can still choose.
ErrorKind kind_of_exit_code(int code) {
    for (const ErrorKind kind : {ErrorKind::out_of_memory,
                                 ErrorKind::unavailable,
                                 ErrorKind::unfit,
                                 ErrorKind::bad_input}) {
        if (code == exit_code_of(kind)) return kind;
    }
    return ErrorKind::crash;
}

// A fault that may have left the process in a bad state: the next task gets a fresh one.
bool spoils_the_process(const RenderFailure& failure) {
    return failure.kind != ErrorKind::bad_input && failure.kind != ErrorKind::corrupt;
}

std::string last_line_of(const std::string& log) {
    const std::size_t end = log.find_last_not_of(" \n");
    if (end == std::string::npos) return {};
    const std::size_t before = log.find_last_of('\n', end);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    return log.substr(begin, std::min(end + 1 - begin, reason_bytes_max));
}

RenderFailure killed(int signal) {
    return {ErrorKind::crash,
            fmt::format("the renderer was ended from outside by signal {} ({}), not by this worker "
                        "and not for want of memory",
                        signal,
                        ::strsignal(signal)),
            {},
            true};
}

}  // namespace

RenderChild::RenderChild(ChildProgram program, RenderLimits limits)
    : program_(std::move(program)), limits_(limits) {}

RenderChild::~RenderChild() = default;

void RenderChild::begin(const RenderTask& task, Millis now) {
    NIGHTREEL_CHECK(!busy_, "one task at a time");
    log_path_ = task.log_path;
    log_said_ = 0;
    log_written_ = 0;
    log_tail_.clear();
    add_to_log(task.heading);
    progress_ = {};
    pumped_ = last_line_ = now;
    stall_ = std::max(limits_.stall, task.stall);
    kill_at_.reset();
    stopped_because_.reset();
    if (child_) {
        child_->pump();
        if (child_->exit()) child_.reset();  // it died between two tasks: nobody's fault
    }
    if (child_ && child_->is_ending()) retire();
    if (!is_ready()) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("the renderer before (process {}) was killed and has not ended; it "
                                "may be waiting for a driver: restart the machine if it stays",
                                dying_.front()->id()));
    }
    if (!child_) child_ = std::make_unique<ChildProcess>(program_);
    memory_kills_ = memory_kills();
    busy_ = true;
    child_->send_line(to_json_text(task.request));
}

std::optional<RenderOutcome> RenderChild::pump(Millis now) {
    pumped_ = now;
    std::erase_if(dying_,
                  [](const std::unique_ptr<ChildProcess>& child) { return child->has_ended(); });
    if (!child_) return {};
    std::optional<RenderOutcome> outcome;
    try {
        outcome = take_in(now);
    } catch (const Error& error) {
        // The task boundary: what the child writes must not harm the worker.
        retire();
        if (busy_) outcome = RenderFailure{ErrorKind::crash, error.what(), {}};
    }
    if (!outcome && busy_) outcome = watch_limits(now);
    if (outcome) end_task(*outcome);
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
    if (!outcome && child_->exit()) outcome = failure_of_exit(*child_->exit());
    return outcome;
}

std::optional<RenderOutcome> RenderChild::watch_limits(Millis now) {
    if (child_->is_ending() && !kill_at_) kill_at_ = now;  // it was killed already
    if (kill_at_) {
        if (now >= *kill_at_) child_->kill();
        if (now < *kill_at_ + limits_.farewell) return {};
        if (stopped_because_) return *stopped_because_;
        return RenderFailure{
            ErrorKind::crash, "the renderer closed its output and could not be ended", {}};
    }
    if (now - last_line_ < stall_) return {};
    stopped_because_ = {ErrorKind::timed_out,
                        fmt::format("no progress for {} s, last at {:.0f} %: {}; raise `stall` in "
                                    "the worker's configuration or the model card if this is slow, "
                                    "not stuck",
                                    stall_.count() / 1'000,
                                    100 * progress_.fraction,
                                    progress_.text),
                        {}};
    kill_at_ = now + limits_.farewell;
    child_->terminate();
    return {};
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
        if (line.failure) {
            const ErrorKind kind = error_kind_named(line.failure->kind);
            // Nobody here asked: SIGTERM came from somebody else.
            if (kind == ErrorKind::cancelled) return killed(SIGTERM);
            return RenderFailure{kind, line.failure->text, line.failure->lost};
        }
        if (line.result) return *line.result;
    }
    return {};
}

RenderFailure RenderChild::failure_of_exit(const ChildEnd& end) const {
    if (stopped_because_) return *stopped_because_;
    RenderFailure failure;
    if (end.signal == SIGKILL && memory_kills() > memory_kills_) {
        failure = {
            ErrorKind::out_of_memory, "the system killed the renderer because memory ran out", {}};
    } else if (std::ranges::find(outside_signals, end.signal) != outside_signals.end()) {
        failure = killed(end.signal);
    } else if (end.signal != 0) {
        failure.text = fmt::format(
            "the renderer was killed by signal {} ({})", end.signal, ::strsignal(end.signal));
    } else {
        failure.kind = kind_of_exit_code(end.code);
        failure.text = fmt::format("the renderer exited with code {}", end.code);
    }
    const std::string line = last_line_of(log_tail_);
    if (!line.empty()) failure.text += "; last line of its log: " + line;
    return failure;
}

void RenderChild::cancel(Millis now) {
    if (!busy_ || kill_at_) return;
    stopped_because_ = {ErrorKind::cancelled, "cancelled: the result is no longer needed", {}};
    kill_at_ = now + limits_.farewell;
    child_->terminate();
}

RenderChild::LogPiece RenderChild::log_from(std::uint64_t offset, std::size_t bytes_max) const {
    const std::uint64_t first = log_said_ - log_tail_.size();
    const std::uint64_t begin = std::clamp(offset, first, log_said_);
    const std::string_view rest = std::string_view(log_tail_).substr(begin - first);
    return {begin, utf8_head(rest, bytes_max)};
}

void RenderChild::take_log() {
    add_to_log(child_->take_log());
}

void RenderChild::add_to_log(const std::string& text) {
    if (text.empty() || log_path_.empty()) return;
    log_tail_ += text;
    log_said_ += text.size();
    if (log_tail_.size() > limits_.log_tail_bytes_max) {
        log_tail_.erase(0, log_tail_.size() - limits_.log_tail_bytes_max);
    }
    const std::size_t room = limits_.log_bytes_max - log_written_;
    const std::size_t written = std::min(room, text.size());
    log_written_ += written;
    // The log is a convenience: a full disk shows where the result is written.
    std::ofstream(log_path_, std::ios::app | std::ios::binary)
        .write(text.data(), static_cast<std::streamsize>(written));
}

void RenderChild::end_task(RenderOutcome& outcome) {
    if (const auto* failed = std::get_if<RenderFailure>(&outcome)) {
        const std::string reason = failed->text.substr(0, failed->text.find('\n'));
        add_to_log(fmt::format("worker: {}: {}\n", name_of(failed->kind), reason));
        if (stopped_because_ || spoils_the_process(*failed)) retire();
    }
    busy_ = false;
    kill_at_.reset();
    stopped_because_.reset();
}

// Killed, and not waited for.
void RenderChild::retire() {
    if (!child_) return;
    child_->kill();
    if (!child_->exit()) dying_.push_back(std::move(child_));
    child_.reset();
}

std::vector<RenderChild::Descriptor> RenderChild::descriptors() const {
    if (!child_ || child_->is_ending()) return {};
    std::vector<Descriptor> all{{child_->output_descriptor()}};
    if (child_->log_descriptor() >= 0) all.push_back({child_->log_descriptor()});
    if (child_->has_unsent()) all.push_back({child_->input_descriptor(), true});
    return all;
}

std::optional<Millis> RenderChild::next_deadline() const {
    const bool is_ending = !dying_.empty() || (child_ && child_->is_ending());
    if (is_ending) return pumped_ + dying_looked_at_every;
    if (!busy_) return {};
    if (!kill_at_) return last_line_ + stall_;
    return std::max(*kill_at_, pumped_ + dying_looked_at_every);
}

}  // namespace nightreel
