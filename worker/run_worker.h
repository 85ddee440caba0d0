#pragma once
// A worker from start to stop: the entry point of `nightreel worker` and of each worker of
// `nightreel run`. One a process, because its render child is tied to the calling thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/store/disk_fault.h"
#include "scheduler/protocol/connection.h"
#include "scheduler/protocol/keys.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/log.h"
#include "shotspec/base/stop_signal.h"
#include "shotspec/card/precision_policy.h"
#include "shotspec/quality_limits.h"
#include "worker/render_child.h"

namespace nightreel {

struct WorkerConfig {
    wire::Address scheduler;
    wire::KeyPair keys;
    std::filesystem::path store;  // of results; shared by all workers of a farm
    std::filesystem::path state;  // of this worker alone: completions, logs, lock
    ChildProgram render;          // nightreel-render and its arguments ("--serve")
    std::vector<std::string> model_roots;
    std::string device = "cpu";
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision;  // none: chosen by model and processor
    std::string device_class;                  // as `nightreel-render class` prints it
    std::uint64_t memory_bytes = 0;            // of the device, offered to tasks
    LinkPolicy link = LinkPolicy::automatic;   // of published files
    QualityLimits quality = {};                // from which on takes are flagged
    // Paths of output roots by name, where they are others here than where the scheduler sees them.
    std::map<std::string, std::string> roots;
    std::uint64_t store_free_bytes_min = store_free_bytes_default;
    RenderLimits limits;
    Millis publish_again_after{5'000};  // a result that could not be published
    Millis look_again_after{4'000};     // for models and free space
    // How long a scheduler may be away; nothing: for ever.
    std::optional<Millis> scheduler_away_max;
};

// Returns when `stop` is raised or the scheduler closes the farm. Throws Error: not_allowed when
// the scheduler refuses the key or the version, unreachable when it was away for too long, usage
// when another worker has the same state folder.
void run_worker(const WorkerConfig& config, const Clock& clock, Log& log, const StopSignal& stop);

}  // namespace nightreel
