#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/verbs.h"
#include "pipeline/plan/root_marker.h"
#include "pipeline/plan/task_order.h"
#include "scheduler/server/root_marks.h"
#include "scheduler/server/run_server.h"
#include "shotspec/base/error.h"
#include "shotspec/base/hang_up_signal.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

wire::Role role_of(FarmRole role) {
    switch (role) {
        case FarmRole::view:
            return wire::Role::view;
        case FarmRole::submit:
            return wire::Role::submit;
        case FarmRole::operate:
            return wire::Role::operate;
        case FarmRole::approve:
            return wire::Role::approve;
        case FarmRole::admin:
            return wire::Role::admin;
        case FarmRole::worker:
            return wire::Role::worker;
    }
    return wire::Role::view;
}

FarmPolicy policy_of(const FarmLimits& limits) {
    FarmPolicy policy;
    policy.lease = limits.lease.value_or(policy.lease);
    policy.worker_silent = limits.worker_silent.value_or(policy.worker_silent);
    policy.unavailable_limit = limits.unavailable_limit.value_or(policy.unavailable_limit);
    policy.attempts_max = limits.attempts_max.value_or(policy.attempts_max);
    policy.losses_max = limits.losses_max.value_or(policy.losses_max);
    const auto size = [](const std::optional<std::int32_t>& asked, std::size_t preset) {
        return asked ? static_cast<std::size_t>(*asked) : preset;
    };
    policy.jobs_max = size(limits.jobs_max, policy.jobs_max);
    policy.tasks_per_job_max = size(limits.tasks_per_job_max, policy.tasks_per_job_max);
    policy.workers_max = size(limits.workers_max, policy.workers_max);
    policy.finished_jobs_kept = size(limits.finished_jobs_kept, policy.finished_jobs_kept);
    return policy;
}

ServerConfig config_of(const FarmConfig& farm, Log& log) {
    if (!farm.scheduler)
        throw Error(ErrorKind::bad_input, "the configuration has no scheduler: section");
    const SchedulerSection& section = *farm.scheduler;
    ServerConfig config;
    config.endpoint = section.endpoint;
    config.journal = fs::path(section.state) / "journal.sqlite";
    config.keys = wire::read_key_pair(
        section.key_file.value_or((fs::path(farm.keys) / "scheduler.key").string()));
    for (const AllowedKey& allowed : section.allow) {
        config.allowed.add(wire::PublicKey::from_text(allowed.key),
                           {allowed.name, role_of(allowed.role)});
    }
    config.policy = policy_of(section.limits);
    config.roots[takes_root] = section.output;
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
