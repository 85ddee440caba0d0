#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/farm/farm_settings.h"
#include "cli/verbs.h"
#include "pipeline/plan/roots/root_marker.h"
#include "scheduler/server/root_marks.h"
#include "shotspec/base/error.h"
#include "shotspec/base/hang_up_signal.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

ServerConfig config_of(const FarmConfig& farm, Log& log) {
    if (!farm.scheduler)
        throw Error(ErrorKind::bad_input, "the configuration has no scheduler: section");
    const SchedulerSection& section = *farm.scheduler;
    ServerConfig config = settings_of(section);
    config.keys = wire::read_key_pair(
        section.key_file.value_or((fs::path(farm.keys) / "scheduler.key").string()));
    fs::create_directories(section.state);
    std::map<std::string, std::string> shared = config.roots;
    shared[store_root] = section.store.value_or("");
    config.marked_roots =
        mark_roots(section.state, shared, !fs::exists(config.journal), [&](const std::string& why) {
            log.warning("shared_folder", {{"why", why}});
        });
    return config;
}

int serve(const std::string& path, const Surroundings& surroundings) {
    const StopOnSignals stop;
    HangUpSignal hang_up;
    Log log(surroundings.clock, stderr);
    const auto read = [&] { return config_of(load_farm_config(path, {.scheduler = true}), log); };
    const ServerConfig config = read();
    const auto on_ready = [&](const std::string& endpoint) {
        log.info("listening", {{"endpoint", endpoint}, {"key", config.keys.public_key.text()}});
    };
    run_server(config,
               surroundings.clock,
               log,
               stop,
               on_ready,
               {[&] { return hang_up.take(); }, hang_up.descriptor(), read});
    return 0;
}

}  // namespace

Command serve_command(const Surroundings& surroundings) {
    const auto path = std::make_shared<std::string>(surroundings.farm_config);
    return {.name = "serve",
            .meaning = "run the scheduler daemon of a farm",
            .example = "nightreel serve --config farm.yaml",
            .options = {config_option(*path)},
            .run = [path, &surroundings] {
                if (path->empty()) {
                    throw Error(ErrorKind::usage, "serve requires --config FARM.yaml");
                }
                return serve(*path, surroundings);
            }};
}

}  // namespace nightreel::cli
