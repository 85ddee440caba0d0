#pragma once
// What the process that a farm manager started tells of its tasks: log lines on standard error,
// "openjd_progress: 42.0", "openjd_status: step 12 of 20" and "openjd_fail: ..." on standard
// output, and, for a unit of a job directory, a record and a log there
// (pipeline/job/unit_attempt.h). A directory that cannot be written, which is said once, costs what
// would have been written then, and never a task. One thread.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/job/unit_attempt.h"
#include "pipeline/program/task_audience.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/descriptor.h"

namespace nightreel {

class TaskReport final : public TaskAudience {
  public:
    static constexpr Millis record_every{2'000};  // at most so often, when something has changed
    static constexpr Millis sign_of_life_every{30'000};   // when nothing has
    static constexpr Millis progress_every{5'000};        // lines on standard output
    static constexpr std::size_t text_bytes_max = 4'096;  // of one status or failure

    // The log in the job directory ends at `log_bytes_max`.
    explicit TaskReport(const Clock& clock, std::size_t log_bytes_max = 16 << 20)
        : clock_(clock), log_bytes_max_(log_bytes_max) {}

    // The record begins; attempts of the unit beyond the newest 20 are removed. Nothing happens
    // when the folder is no job directory.
    void record(const std::filesystem::path& job_directory,
                const std::string& unit,
                const std::string& submission);

    void log(std::string_view lines) override;
    void progress(const RowProgress& progress) override;
    void failed(const RowFailure& failure) override;

    // The record ends.
    void end(int exit_code);

  private:
    void write_record();
    void open_log();
    void write_log(std::string_view lines);
    void say_fault(std::string_view why);

    const Clock& clock_;
    std::size_t log_bytes_max_;
    std::string doing_;
    Millis told_progress_at_{0};

    std::filesystem::path job_directory_;
    std::optional<UnitAttempt> attempt_;  // none: nothing is recorded
    Millis recorded_at_{0};
    bool changed_ = false;
    bool fault_said_ = false;
    Descriptor log_;
    std::size_t log_bytes_ = 0;  // more than the limit: it is full
};

}  // namespace nightreel
