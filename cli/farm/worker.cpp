#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/machine/required_device.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "worker/device_memory.h"
#include "worker/run_worker.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr Millis embedded_scheduler_away_max{10'000};

WorkerConfig config_of(const FarmConfig& farm, const Surroundings& surroundings) {
    if (!farm.worker) throw Error(ErrorKind::bad_input, "the configuration has no worker: section");
    const WorkerSection& section = *farm.worker;
    WorkerConfig config;
    config.scheduler = scheduler_address(farm);
    config.keys = wire::read_key_pair(
        section.key_file.value_or((fs::path(farm.keys) / "worker.key").string()));
    config.store = section.store;
    config.state = section.state;
    config.render = {
        render_program(surroundings),
        {"--serve", "--digests", (fs::path(section.state) / "model_digests.json").string()},
        {}};
    config.model_roots = section.models;
    config.model_roots.insert(
        config.model_roots.end(), surroundings.model_roots.begin(), surroundings.model_roots.end());
    config.device = section.device;
    config.threads = section.threads.value_or(1);
    config.precision = section.precision;
    config.memory_bytes = section.memory ? static_cast<std::uint64_t>(section.memory->bytes)
                                         : device_memory_bytes(section.device);
    config.store_free_bytes_min = static_cast<std::uint64_t>(section.store_free_min.bytes);
    config.limits.stall = section.stall;
    fs::create_directories(section.store);
    fs::create_directories(section.state);
    return config;
}

int work(const std::string& path, bool embedded, const Surroundings& surroundings) {
    const StopOnSignals stop;  // before the device's driver starts threads
    WorkerConfig config = config_of(load_farm_config(path), surroundings);
    if (embedded) {
        config.scheduler_away_max = embedded_scheduler_away_max;
    } else {  // `run` has asked already
        require_device(surroundings, config.device, config.precision);
    }
    Log log(surroundings.clock, stderr);
    run_worker(config, surroundings.clock, log, stop);
    return 0;
}

}  // namespace

Command worker_command(const Surroundings& surroundings) {
    const auto path = std::make_shared<std::string>(surroundings.farm_config);
    const auto embedded = std::make_shared<bool>(false);
    return {
        .name = "worker",
        .meaning = "run a worker daemon on this machine",
        .example = "nightreel worker --config farm.yaml",
        .options = {config_option(*path),
                    {.names = "--embedded",
                     .target = embedded.get(),
                     .meaning = "exit when the scheduler disappears (used by `nightreel run`)"}},
        .run = [path, embedded, &surroundings] {
            if (path->empty()) {
                throw Error(ErrorKind::usage, "worker requires --config FARM.yaml");
            }
            return work(*path, *embedded, surroundings);
        }};
}

}  // namespace nightreel::cli
