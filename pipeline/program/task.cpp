#include "pipeline/program/task.h"

#include "pipeline/program/task_arguments.h"
#include "pipeline/program/task_report.h"
#include "pipeline/program/task_row.h"
#include "pipeline/tasks/engines.h"
#include "shotspec/base/stop_signal.h"

namespace nightreel {
namespace {

// Of model files, so that the tasks of a job do not each read all of a model.
constexpr const char* digests_file = "model_digests.json";

}  // namespace

int run_tasks(std::span<const std::string> arguments, const std::string& submission) {
    const TaskArguments asked = task_arguments_of(arguments);
    const StopOnSignals stop;
    const SystemClock clock;
    TaskReport report(clock);
    if (!asked.unit.empty()) {
        report.record(asked.job_directory, asked.unit, submission);
    }
    Engines engines(asked.store / digests_file);
    const int code = run_task_row(
        asked, engines, report, [&stop] { return stop.raised(); }, clock);
    report.end(code);
    return code;
}

}  // namespace nightreel
