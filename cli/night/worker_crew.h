#pragma once
// The worker processes of `nightreel run`: started, watched, and started again when they die, as
// often as a limit allows. They end with this process. Belongs to one thread, but watches on its
// own.

#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/farm/farm_folder.h"
#include "scheduler/protocol/client.h"
#include "shotspec/base/stop_signal.h"

namespace nightreel::cli {

struct CrewOptions {
    std::int32_t workers = 1;
    std::string device = "auto";
    std::int32_t threads = 1;
    std::string link = "auto";       // of published files
    std::string precision;           // empty: chosen by model and processor
    std::string device_class;        // what strict shots ask for; empty: there are none
    std::uint64_t memory_bytes = 0;  // that a worker may use; 0: what the device has
    std::vector<std::string> model_roots;
    std::string program;  // of nightreel
};

class WorkerCrew {
  public:
    static constexpr int restarts_max = 20;  // of one worker

    WorkerCrew(const FarmFolder& folder, const wire::Address& scheduler, CrewOptions options);
    // Stops every worker.
    ~WorkerCrew();
    WorkerCrew(const WorkerCrew&) = delete;
    WorkerCrew& operator=(const WorkerCrew&) = delete;

    // Throws why no worker is left, or why workers could not be started. Any thread.
    void rethrow_failure() const;

  private:
    void watch() const;

    FarmFolder folder_;
    CrewOptions options_;
    StopRequest stop_;
    mutable std::mutex mutex_;
    std::exception_ptr failure_;
    std::jthread thread_;
};

}  // namespace nightreel::cli
