#include "pipeline/program/task.h"

#include <filesystem>
#include <optional>
#include <vector>

#include "pipeline/program/daemon/task_via.h"
#include "pipeline/program/task_arguments.h"
#include "pipeline/program/task_report.h"
#include "pipeline/program/task_row.h"
#include "pipeline/tasks/engines.h"
#include "shotspec/base/stop_signal.h"

namespace nightreel {

int run_tasks(std::span<const std::string> arguments, const FarmEnvironment& environment) {
    const std::filesystem::path folder = std::filesystem::current_path();
    const TaskArguments asked = task_arguments_of(arguments, folder);
    const StopOnSignals stop;
    const SystemClock clock;
    TaskReport report(clock);
    if (!asked.unit.empty()) {
        report.record(asked.job_directory, asked.unit, environment.submission);
    }
    int code = 0;
    if (asked.via.empty()) {
        std::optional<Engines> engines;
        code = run_task_row(
            asked, engines, report, [&stop] { return stop.raised(); }, clock);
    } else {
        const DaemonRequest request{.folder = folder.string(),
                                    .arguments = {arguments.begin(), arguments.end()},
                                    .gpus = environment.gpus};
        code = run_task_row_via(asked.via, request, report, stop);
    }
    report.end(code);
    return code;
}

}  // namespace nightreel
