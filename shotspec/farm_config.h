#pragma once
// FARM.yaml: what the daemons `serve` and `worker` are told. Described once here. Plain values, any
// thread.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/base/clock.h"
#include "shotspec/card/precision_policy.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/yaml/diagnostic.h"
#include "shotspec/yaml/document.h"

namespace nightreel {

inline constexpr std::int32_t farm_config_version = 1;

// What a key may do. All but worker include those before them.
enum class FarmRole { view, submit, operate, approve, admin, worker };

template <>
struct EnumWords<FarmRole> {
    static constexpr auto words =
        std::to_array<std::pair<FarmRole, std::string_view>>({{FarmRole::view, "view"},
                                                              {FarmRole::submit, "submit"},
                                                              {FarmRole::operate, "operate"},
                                                              {FarmRole::approve, "approve"},
                                                              {FarmRole::admin, "admin"},
                                                              {FarmRole::worker, "worker"}});
};

struct AllowedKey {
    std::string name;
    FarmRole role = FarmRole::view;
    std::string key;
};

template <class Visitor>
void describe(AllowedKey& value, Visitor& field) {
    field("name",
          value.name,
          {.meaning = "Who has the key; a worker's name in listings.",
           .required = true,
           .example = "render01"});
    field("role",
          value.role,
          {.meaning = "What the key may do; all but worker include those before them.",
           .required = true,
           .example = "worker"});
    field(
        "key",
        value.key,
        {.meaning = "Public key, 64 digits 0-9 a-f; nightreel keys prints it.", .required = true});
}

// What is absent is as in scheduler/farm/policy.h.
struct FarmLimits {
    std::optional<Millis> lease;
    std::optional<Millis> worker_silent;
    std::optional<Millis> unavailable_limit;
    std::optional<std::int32_t> attempts_max;
    std::optional<std::int32_t> losses_max;
    std::optional<std::int32_t> jobs_max;
    std::optional<std::int32_t> tasks_per_job_max;
    std::optional<std::int32_t> workers_max;
    std::optional<std::int32_t> finished_jobs_kept;
};

template <class Visitor>
void describe(FarmLimits& value, Visitor& field) {
    field("lease",
          value.lease,
          {.meaning = "A worker that is silent for so long loses its task.",
           .example = "60s",
           .fallback = "60s"});
    field("worker_silent",
          value.worker_silent,
          {.meaning = "A worker not heard of for so long takes no part in plans.",
           .example = "2min",
           .fallback = "2min"});
    field("unavailable_limit",
          value.unavailable_limit,
          {.meaning = "A task fails when its model or disk is away for so long.",
           .example = "4h",
           .fallback = "4h"});
    field("attempts_max",
          value.attempts_max,
          {.meaning = "Attempts of a task that crashes.",
           .minimum = 1,
           .maximum = 100,
           .fallback = "3"});
    field("losses_max",
          value.losses_max,
          {.meaning = "Times that a task may be lost with its worker.",
           .minimum = 1,
           .maximum = 1000,
           .fallback = "10"});
    field(
        "jobs_max",
        value.jobs_max,
        {.meaning = "Jobs held at once.", .minimum = 1, .maximum = 1'000'000, .fallback = "10000"});
    field("tasks_per_job_max",
          value.tasks_per_job_max,
          {.meaning = "Tasks of one job.",
           .minimum = 1,
           .maximum = 10'000'000,
           .fallback = "200000"});
    field("workers_max",
          value.workers_max,
          {.meaning = "Workers known at once.",
           .minimum = 1,
           .maximum = 100'000,
           .fallback = "10000"});
    field("finished_jobs_kept",
          value.finished_jobs_kept,
          {.meaning = "Finished jobs that listings still show.",
           .minimum = 0,
           .maximum = 1'000'000,
           .fallback = "1000"});
}

struct SchedulerSection {
    std::string endpoint = "tcp://127.0.0.1:7411";
    std::string state;
    std::optional<std::string> key_file;
    std::string output;
    std::vector<AllowedKey> allow;
    FarmLimits limits;
};

template <class Visitor>
void describe(SchedulerSection& value, Visitor& field) {
    field("endpoint",
          value.endpoint,
          {.meaning = "Address that is listened at; tcp://*:7411 for all of the machine's.",
           .example = "tcp://*:7411",
           .fallback = "tcp://127.0.0.1:7411"});
    field("state",
          value.state,
          {.meaning = "Folder of the journal, on a local disk.",
           .required = true,
           .example = "/var/lib/nightreel"});
    field(
        "key_file",
        value.key_file,
        {.meaning = "Key pair of the scheduler.", .fallback = "scheduler.key in the keys folder"});
    field("output",
          value.output,
          {.meaning = "Folder that finished takes are published below, seen alike by all workers.",
           .required = true,
           .example = "/farm/out"});
    field("allow", value.allow, {.meaning = "Who may connect, by public key; nobody else can."});
    field("limits", value.limits, {.meaning = "Limits of the farm."});
}

struct WorkerSection {
    std::string scheduler = "tcp://127.0.0.1:7411";
    std::string scheduler_key;
    std::optional<std::string> name;
    std::optional<std::string> key_file;
    std::string store;
    std::string state;
    std::string device = "auto";
    std::optional<std::int32_t> threads;
    std::optional<PrecisionPolicy> precision;
    std::optional<ByteCount> memory;
    ByteCount store_free_min{std::int64_t{2} << 30};
    std::vector<std::string> models;
};

template <class Visitor>
void describe_resources(WorkerSection& value, Visitor& field) {
    field("device",
          value.device,
          {.meaning = "auto, cpu, or cuda:0 and so on.", .example = "cuda:0", .fallback = "auto"});
    field("threads",
          value.threads,
          {.meaning = "Threads of a task on the CPU. Part of the device class.",
           .minimum = 1,
           .maximum = 1024,
           .fallback = "one"});
    field("precision",
          value.precision,
          {.meaning = "In which numbers networks compute: docs/precision.md. Part of the device "
                      "class.",
           .example = "fast",
           .fallback = "by model and processor"});
    field("memory",
          value.memory,
          {.meaning = "Memory of the device that tasks may use.",
           .example = "12GiB",
           .fallback = "what the device has"});
    field("store_free_min",
          value.store_free_min,
          {.meaning = "With less free in the store no task is begun.",
           .example = "2GiB",
           .fallback = "2GiB"});
    field("models",
          value.models,
          {.meaning = "Folders of models, besides NIGHTREEL_MODELS.", .example = "[/farm/models]"});
}

template <class Visitor>
void describe(WorkerSection& value, Visitor& field) {
    field("scheduler",
          value.scheduler,
          {.meaning = "Address of the scheduler.",
           .example = "tcp://farm01:7411",
           .fallback = "tcp://127.0.0.1:7411"});
    field("scheduler_key",
          value.scheduler_key,
          {.meaning = "The scheduler's public key, 64 digits 0-9 a-f; nightreel keys prints it.",
           .required = true});
    field("name",
          value.name,
          {.meaning = "Name in listings and logs.",
           .example = "render01",
           .fallback = "the host's name"});
    field("key_file",
          value.key_file,
          {.meaning = "Key pair of the worker.", .fallback = "worker.key in the keys folder"});
    field("store",
          value.store,
          {.meaning = "Folder of results, shared by all workers of the farm.",
           .required = true,
           .example = "/farm/store"});
    field("state",
          value.state,
          {.meaning = "Folder of this worker alone, on a local disk.",
           .required = true,
           .example = "/var/lib/nightreel-worker"});
    describe_resources(value, field);
}

struct FarmConfig {
    std::int32_t version = farm_config_version;
    std::string keys = "keys";
    std::optional<SchedulerSection> scheduler;
    std::optional<WorkerSection> worker;
};

template <class Visitor>
void describe(FarmConfig& value, Visitor& field) {
    field("nightreel_farm",
          value.version,
          {.meaning = "Version of this format.",
           .minimum = farm_config_version,
           .maximum = farm_config_version,
           .required = true,
           .example = "1"});
    field("keys",
          value.keys,
          {.meaning = "Folder of key pairs, readable by its owner alone.", .fallback = "keys"});
    field("scheduler", value.scheduler, {.meaning = "What `nightreel serve` is told."});
    field("worker", value.worker, {.meaning = "What `nightreel worker` is told."});
}

struct CheckedFarmConfig {
    std::optional<FarmConfig> config;  // exactly when no diagnostic is an error
    std::vector<Diagnostic> diagnostics;
};

// Paths are absolute afterwards: relative ones are relative to the file.
CheckedFarmConfig read_farm_config(const std::filesystem::path& path,
                                   const VariableLookup& variable);

}  // namespace nightreel
