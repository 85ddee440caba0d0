#include "cli/farm/farm_settings.h"

#include <algorithm>
#include <string>
#include <vector>

#include "pipeline/plan/roots/roots.h"
#include "shotspec/farm_times.h"

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

std::size_t size_of(const std::optional<std::int32_t>& asked, std::size_t preset) {
    return asked ? static_cast<std::size_t>(*asked) : preset;
}

FarmPolicy policy_of(const FarmLimits& limits) {
    FarmPolicy policy;
    policy.lease = limits.lease.value_or(policy.lease);
    policy.worker_silent = limits.worker_silent.value_or(policy.worker_silent);
    policy.unavailable_limit = limits.unavailable_limit.value_or(policy.unavailable_limit);
    policy.attempts_max = limits.attempts_max.value_or(policy.attempts_max);
    policy.losses_max = limits.losses_max.value_or(policy.losses_max);
    policy.jobs_max = size_of(limits.jobs_max, policy.jobs_max);
    policy.tasks_per_job_max = size_of(limits.tasks_per_job_max, policy.tasks_per_job_max);
    policy.workers_max = size_of(limits.workers_max, policy.workers_max);
    policy.finished_jobs_kept = size_of(limits.finished_jobs_kept, policy.finished_jobs_kept);
    // What goes with these times goes with them: a silent worker keeps its lease for the time that
    // the file says, and one that reports is never silent.
    const Millis keep_alive = limits.keep_alive.value_or(keep_alive_default);
    policy.lease_renewed_below = std::max(policy.lease * 2 / 3, policy.lease - Millis{20'000});
    policy.worker_seen_every = std::min(policy.worker_seen_every, policy.worker_silent / 4);
    policy.predecessor_silent = keep_alives_in_a_lease_min * keep_alive;
    policy.restart_grace = std::max({policy.restart_grace, policy.predecessor_silent});
    return policy;
}

PeerAllowance allowance_of(const RoleLimits& limits, PeerAllowance preset) {
    if (limits.messages) preset.messages = *limits.messages;
    if (limits.bytes) preset.bytes = static_cast<double>(limits.bytes->bytes);
    if (limits.message) preset.message_bytes_max = static_cast<std::size_t>(limits.message->bytes);
    return preset;
}

PeerLimits limits_of(const KeyLimits& limits) {
    PeerLimits peers;
    peers.worker = allowance_of(limits.worker, peers.worker);
    peers.view = allowance_of(limits.view, peers.view);
    peers.people = allowance_of(limits.people, peers.people);
    peers.burst = limits.burst.value_or(peers.burst);
    peers.pause = limits.pause.value_or(peers.pause);
    peers.connections = size_of(limits.connections, peers.connections);
    peers.submissions = size_of(limits.submissions, peers.submissions);
    peers.log_lines = limits.log_lines.value_or(peers.log_lines);
    return peers;
}

}  // namespace

ServerConfig settings_of(const SchedulerSection& section) {
    ServerConfig config;
    config.endpoint = section.endpoint;
    config.journal = std::filesystem::path(section.state) / "journal.sqlite";
    for (const AllowedKey& allowed : section.allow) {
        config.allowed.add(wire::PublicKey::from_text(allowed.key),
                           {allowed.name, role_of(allowed.role)});
    }
    config.policy = policy_of(section.limits);
    config.limits = limits_of(section.limits.keys);
    config.keep_alive = section.limits.keep_alive.value_or(config.keep_alive);
    std::vector<std::string> outputs;
    for (const OutputRoot& root : section.output) outputs.push_back(root.path);
    config.roots = roots_of(outputs);
    return config;
}

}  // namespace nightreel::cli
