#pragma once
// The parts of `managers:` in a farm file (shotspec/farm_managers.h) for managers that one buys.
// Described once here. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/describe/fields.h"

namespace nightreel {

struct DeadlineSite {
    std::string command = "deadlinecommand";
    std::optional<std::string> pool;
    std::optional<std::string> secondary_pool;
    std::optional<std::string> group;
    std::optional<std::string> model_group;
    std::int32_t priority = 50;
    std::vector<std::string> limits;
    std::int32_t machine_limit = 0;
    std::optional<double> time_factor;
    std::int32_t errors_max = 5;
    bool plugin_installed = false;
    std::vector<std::string> options;
};

template <class Visitor>
void describe(DeadlineSite& value, Visitor& field) {
    field("command",
          value.command,
          {.meaning = "Path of deadlinecommand on the machine that submits.",
           .example = "/opt/Thinkbox/Deadline10/bin/deadlinecommand",
           .fallback = "deadlinecommand, found in PATH"});
    field("pool", value.pool, {.meaning = "Pool.", .fallback = "none"});
    field("secondary_pool", value.secondary_pool, {.meaning = "Secondary pool."});
    field("group", value.group, {.meaning = "Group of all units.", .fallback = "none"});
    field("model_group",
          value.model_group,
          {.meaning = "Group of units that run the model: Deadline knows neither GPUs nor memory.",
           .example = "gpu24",
           .fallback = "that of all units"});
    field("priority",
          value.priority,
          {.meaning = "Priority of the jobs.", .minimum = 0, .maximum = 100, .fallback = "50"});
    field("limits", value.limits, {.meaning = "Limits that units of the model hold."});
    field("machine_limit",
          value.machine_limit,
          {.meaning = "Most Workers at once on a job; 0: no limit.",
           .minimum = 0,
           .maximum = 100'000,
           .fallback = "0"});
    field("time_factor",
          value.time_factor,
          {.meaning = "Time limit of a unit: its estimated time on the reference machine of the "
                      "model, times this, and 10 minutes.",
           .minimum = 0.1,
           .maximum = 1000,
           .example = "4",
           .fallback = "none"});
    field("errors_max",
          value.errors_max,
          {.meaning = "Errors after which Deadline gives a unit up.",
           .minimum = 1,
           .maximum = 1000,
           .fallback = "5"});
    field("plugin_installed",
          value.plugin_installed,
          {.meaning = "Whether the plugin Nightreel was copied into custom/plugins of the "
                      "Repository; else jobs use the copy in their own directory.",
           .fallback = "false"});
    field("options",
          value.options,
          {.meaning = "More lines of every job info file.", .example = "[Department=fx]"});
}

struct TractorSite {
    std::optional<std::string> engine;
    std::optional<std::string> service;
    std::optional<std::string> model_service;
    std::vector<std::string> tags;
    std::vector<std::string> projects;
    std::optional<std::string> tier;
    double priority = 1;
    std::optional<double> time_factor;
};

template <class Visitor>
void describe(TractorSite& value, Visitor& field) {
    field("engine",
          value.engine,
          {.meaning = "Address of the engine, host:port.",
           .fallback = "that of tractor-spool: TRACTOR_ENGINE, else tractor-engine:80"});
    field("service", value.service, {.meaning = "Service key expression of all units."});
    field("model_service",
          value.model_service,
          {.meaning = "Service key expression of units that run the model.",
           .example = "GPU",
           .fallback = "that of all units"});
    field("tags", value.tags, {.meaning = "Limit tags of units that run the model."});
    field("projects", value.projects, {.meaning = "Projects of the job."});
    field("tier", value.tier, {.meaning = "Dispatching tier of the job."});
    field("priority",
          value.priority,
          {.meaning = "Priority of the job.", .minimum = 0, .maximum = 1e6, .fallback = "1"});
    field("time_factor",
          value.time_factor,
          {.meaning = "Time limit of a unit: its estimated time on the reference machine of the "
                      "model, times this, and 10 minutes.",
           .minimum = 0.1,
           .maximum = 1000,
           .example = "4",
           .fallback = "none"});
}

struct RoyalRenderSite {
    std::optional<std::string> submitter;
    std::optional<std::string> client_group;
    std::optional<std::string> model_client_group;
    std::int32_t priority = 50;
    std::vector<std::string> parameters;
};

template <class Visitor>
void describe(RoyalRenderSite& value, Visitor& field) {
    field("submitter",
          value.submitter,
          {.meaning = "Path of rrSubmitterconsole.",
           .example = "/mnt/rr/bin/lx64/rrSubmitterconsole",
           .fallback = "rrSubmitterconsole in $RR_ROOT/bin/lx64"});
    field("client_group", value.client_group, {.meaning = "Client group of all units."});
    field("model_client_group",
          value.model_client_group,
          {.meaning = "Client group of units that run the model.",
           .example = "GPU",
           .fallback = "that of all units"});
    field("priority",
          value.priority,
          {.meaning = "Priority of the jobs.", .minimum = 1, .maximum = 100, .fallback = "50"});
    field("parameters",
          value.parameters,
          {.meaning = "More submitter parameters, for every job.",
           .example = "[\"MaxClientsAtATime=1~8\"]"});
}

}  // namespace nightreel
