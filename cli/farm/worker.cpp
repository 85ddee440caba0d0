#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/machine/required_device.h"
#include "cli/verbs.h"
#include "pipeline/plan/task_order.h"
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
    config.scheduler = {section.scheduler, wire::PublicKey::from_text(section.scheduler_key)};
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
    config.link = section.link;
    config.quality = farm.quality;
    config.roots = section.outputs;
    if (section.output) config.roots[takes_root] = *section.output;
    config.store_free_bytes_min = static_cast<std::uint64_t>(section.store_free_min.bytes);
    config.limits.stall = section.stall;
    fs::create_directories(section.state);
    return config;
}

struct WorkerAsked {
    std::string config;
    bool embedded = false;
    std::string device_class;
};

int work(const WorkerAsked& asked, const Surroundings& surroundings) {
    const StopOnSignals stop;  // before the device's driver starts threads
    WorkerConfig config = config_of(load_farm_config(asked.config, {.worker = true}), surroundings);
    if (asked.embedded) {  // `run` has asked already
        config.scheduler_away_max = embedded_scheduler_away_max;
        config.device_class = asked.device_class;
    } else {
        config.device_class =
            machine_class(surroundings, config.device, config.threads, config.precision);
    }
    Log log(surroundings.clock, stderr);
    run_worker(config, surroundings.clock, log, stop);
    return 0;
}

}  // namespace

Command worker_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<WorkerAsked>();
    asked->config = surroundings.farm_config;
    return {.name = "worker",
            .meaning = "run a worker daemon on this machine",
            .example = "nightreel worker --config farm.yaml",
            .options = {config_option(asked->config),
                        {.names = "--embedded",
                         .target = &asked->embedded,
                         .meaning = "exit when the scheduler disappears (used by `nightreel run`)"},
                        {.names = "--device-class",
                         .target = &asked->device_class,
                         .meaning = "device class of an embedded worker (used by `nightreel run`)",
                         .value = "CLASS"}},
            .run = [asked, &surroundings] {
                if (asked->config.empty()) {
                    throw Error(ErrorKind::usage, "worker requires --config FARM.yaml");
                }
                return work(*asked, surroundings);
            }};
}

}  // namespace nightreel::cli
