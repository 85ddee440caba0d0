#pragma once
// FARM.yaml: what the daemons `serve` and `worker` are told. Described once here. Plain values, any
// thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shotspec/base/clock.h"
#include "shotspec/card/precision_policy.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/farm_allow.h"
#include "shotspec/farm_client.h"
#include "shotspec/farm_device.h"
#include "shotspec/farm_limits.h"
#include "shotspec/farm_managers.h"
#include "shotspec/farm_output.h"
#include "shotspec/link_policy.h"
#include "shotspec/quality_limits.h"
#include "shotspec/yaml/diagnostic.h"
#include "shotspec/yaml/document.h"

namespace nightreel {

inline constexpr std::int32_t farm_config_version = 1;

struct SchedulerSection {
    std::string endpoint = "tcp://127.0.0.1:7411";
    std::string state;
    std::optional<std::string> key_file;
    std::vector<OutputRoot> output;
    std::optional<std::string> store;
    std::vector<AllowedKey> allow;
    FarmLimits limits;
};

template <class Visitor>
void describe(SchedulerSection& value, Visitor& field) {
    field("endpoint",
          value.endpoint,
          {.meaning = "Address to listen on; tcp://*:7411 listens on all interfaces.",
           .example = "tcp://*:7411",
           .fallback = "tcp://127.0.0.1:7411"});
    field("state",
          value.state,
          {.meaning = "Folder for the scheduler's database, on a local disk.",
           .required = true,
           .example = "/var/lib/nightreel"});
    field("key_file",
          value.key_file,
          {.meaning = "File with the scheduler's key pair.",
           .fallback = "scheduler.key in the folder `keys`"});
    field("output",
          value.output,
          {.meaning = "Output roots: finished takes are published below them and nowhere else. The "
                      "first is used unless `nightreel submit -o` names another. Workers that "
                      "see the first at another path set `output` of their own.",
           .required = true,
           .example = "/farm/out"});
    field("store",
          value.store,
          {.meaning = "Folder for task results, as this machine sees it. At its first start, the "
                      "scheduler creates it and the output root and puts a marker into each; "
                      "workers without the marker are given no work (docs/operations.md).",
           .example = "/farm/store",
           .fallback = "that of `worker`"});
    field(
        "allow",
        value.allow,
        {.meaning = "People and workers that may connect, by public key. All others are refused."});
    field("limits", value.limits, {.meaning = "Limits and timeouts of the farm."});
}

struct WorkerSection {
    std::string scheduler = "tcp://127.0.0.1:7411";
    std::string scheduler_key;
    std::optional<std::string> key_file;
    std::string store;
    std::optional<std::string> output;
    std::map<std::string, std::string> outputs;
    std::string state;
    LinkPolicy link = LinkPolicy::automatic;
    std::string device = "auto";
    std::optional<std::int32_t> threads;
    std::optional<PrecisionPolicy> precision;
    std::optional<ByteCount> memory;
    ByteCount store_free_min{std::int64_t{2} << 30};
    Millis stall{10 * 60'000};
    std::vector<std::string> models;
};

template <class Visitor>
void describe_resources(WorkerSection& value, Visitor& field) {
    describe_device(value, field);
    field("store_free_min",
          value.store_free_min,
          {.meaning = "Minimum free space in the store. With less, the worker starts no task.",
           .example = "2GiB",
           .fallback = "2GiB"});
    field("stall",
          value.stall,
          {.meaning = "A task without progress for this long is stopped and tried again. Progress "
                      "comes for each block of a step. The larger of this and `stall` in the model "
                      "card counts.",
           .example = "10min",
           .fallback = "10min"});
    field("models",
          value.models,
          {.meaning = "Folders to search for models, in addition to NIGHTREEL_MODELS.",
           .example = "[/farm/models]"});
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
          {.meaning = "Public key of the scheduler, 64 hexadecimal digits (0-9, a-f); `nightreel "
                      "keys` prints it.",
           .required = true});
    field("key_file",
          value.key_file,
          {.meaning = "File with the worker's key pair. Each worker requires a key of its own.",
           .fallback = "worker.key in the folder `keys`"});
    field("store",
          value.store,
          {.meaning = "Folder for task results, shared by all workers of the farm. Workers never "
                      "create it.",
           .required = true,
           .example = "/farm/store"});
    field("output",
          value.output,
          {.meaning = "Where this machine sees the first of the scheduler's output roots, if at "
                      "another path.",
           .example = "/Volumes/farm/out",
           .fallback = "the path of `scheduler.output`"});
    field(
        "outputs",
        value.outputs,
        {.meaning = "Where this machine sees further output roots, if at other paths: the path in "
                    "`scheduler.output`, and the path here.",
         .example = "{/archive/out: /Volumes/archive/out}",
         .fallback = "the paths of `scheduler.output`"});
    field("link",
          value.link,
          {.meaning = "How published files come out of the store. auto: clones (XFS, Btrfs), else "
                      "copies. hard: read-only hard links, where possible (docs/store.md).",
           .fallback = "auto"});
    field("state",
          value.state,
          {.meaning = "Folder for this worker's own files, on a local disk.",
           .required = true,
           .example = "/var/lib/nightreel-worker"});
    describe_resources(value, field);
}

struct FarmConfig {
    std::int32_t version = farm_config_version;
    std::string keys = "keys";
    std::optional<SchedulerSection> scheduler;
    std::optional<WorkerSection> worker;
    std::optional<ClientSection> client;
    std::optional<ManagersSection> managers;
    QualityLimits quality;
};

template <class Visitor>
void describe(FarmConfig& value, Visitor& field) {
    field("nightreel_farm",
          value.version,
          {.meaning = "Version of the file format.",
           .minimum = farm_config_version,
           .maximum = farm_config_version,
           .required = true,
           .example = "1"});
    field("keys",
          value.keys,
          {.meaning = "Folder for key pairs; only its owner may have access.", .fallback = "keys"});
    field("scheduler", value.scheduler, {.meaning = "Settings of `nightreel serve`."});
    field("worker", value.worker, {.meaning = "Settings of `nightreel worker`."});
    field("client",
          value.client,
          {.meaning = "Settings of all other commands: `submit`, `status`, `list`, `wait`, ..."});
    field("managers", value.managers, {.meaning = "Settings of `nightreel export`."});
    field(
        "quality",
        value.quality,
        {.meaning = "Limits from which on takes are flagged (docs/quality.md), for takes that are "
                    "published by `nightreel worker`; 0 never flags. They change no measurement."});
}

struct CheckedFarmConfig {
    std::optional<FarmConfig> config;  // exactly when no diagnostic is an error
    std::vector<Diagnostic> diagnostics;
};

// "auto", "cpu" or "cuda:N".
bool is_device_name(std::string_view text);

// Who reads the file. Of the other sections nothing is read: their mistakes, and variables that are
// not set on this machine, stop nobody.
struct FarmReaders {
    bool scheduler = false;
    bool worker = false;
    bool client = false;  // then `client` is there, with what it falls back to
    bool managers = false;
};

// Paths are absolute afterwards: relative ones are relative to the file.
CheckedFarmConfig read_farm_config(const std::filesystem::path& path,
                                   const VariableLookup& variable,
                                   const FarmReaders& readers);

}  // namespace nightreel
