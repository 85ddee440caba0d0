#include "pipeline/program/task_report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/job/job_directory.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/base/streams.h"

namespace nightreel {

void TaskReport::record(const std::filesystem::path& job_directory,
                        const std::string& unit,
                        const std::string& submission) {
    if (!is_job_directory(job_directory)) return;
    job_directory_ = job_directory;
    attempt_ = UnitAttempt{.unit = unit,
                           .submission = submission,
                           .host = host_name(),
                           .process = ::getpid(),
                           .began_at = clock_.wall().count()};
    write_record();
    remove_old_attempts(job_directory_, unit, clock_.wall());
}

void TaskReport::write_record() {
    recorded_at_ = clock_.steady();
    changed_ = false;
    attempt_->told_at = clock_.wall().count();
    try {
        write_attempt(job_directory_, *attempt_);
    } catch (const Error& error) {
        say_fault(error.what());
    }
    if (!log_) open_log();
}

void TaskReport::open_log() {
    if (log_bytes_ > log_bytes_max_) return;
    const std::filesystem::path file = job_directory_ / (attempt_name_of(*attempt_) + ".log");
    log_ = Descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (!log_) say_fault(file_error(file, "cannot be written", last_file_error()).what());
}

void TaskReport::say_fault(std::string_view why) {
    if (!fault_said_) say("nightreel-render: the record of this run: {}\n", why);
    fault_said_ = true;
}

void TaskReport::write_log(std::string_view lines) {
    if (!log_) return;
    log_bytes_ += lines.size();
    if (log_bytes_ <= log_bytes_max_) {
        (void)write_some(log_.get(), lines);
        return;
    }
    (void)write_some(log_.get(), fmt::format("this log ends at {} bytes\n", log_bytes_max_));
    log_ = Descriptor();
}

void TaskReport::log(std::string_view lines) {
    say_text(lines);
    write_log(lines);
}

void TaskReport::progress(const RowProgress& progress) {
    const Millis now = clock_.steady();
    const bool is_new = progress.doing != doing_;
    if (is_new)
        mention_text(
            fmt::format("openjd_status: {}\n", plain_line(progress.doing, text_bytes_max)));
    doing_ = progress.doing;
    if (is_new || now - told_progress_at_ >= progress_every) {
        mention_text(fmt::format("openjd_progress: {:.1f}\n", 100 * progress.fraction));
        told_progress_at_ = now;
    }
    if (!attempt_) return;
    const std::string doing = plain_line(progress.doing, text_bytes_max);
    changed_ = changed_ || attempt_->fraction != progress.fraction || attempt_->doing != doing ||
               attempt_->task != progress.task;
    attempt_->fraction = progress.fraction;
    attempt_->doing = doing;
    attempt_->task = progress.task;
    if (now - recorded_at_ >= (changed_ ? record_every : sign_of_life_every)) write_record();
}

void TaskReport::failed(const RowFailure& failure) {
    log(fmt::format("nightreel-render: {}\n", failure.text));
    mention_text(fmt::format("openjd_fail: {}\n", plain_line(failure.text, text_bytes_max)));
    if (!attempt_) return;
    attempt_->task = failure.task;
    attempt_->kind = failure.kind;
    attempt_->text = plain_text(failure.text, text_bytes_max);
}

void TaskReport::end(int exit_code) {
    if (!attempt_) return;
    attempt_->ended_at = clock_.wall().count();
    attempt_->exit_code = exit_code;
    write_record();
}

}  // namespace nightreel
