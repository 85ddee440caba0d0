#pragma once
// `managers:` of a farm file: what this site tells the farm managers of others (Slurm, ...) that
// run exported nights. Described once here. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/card/precision_policy.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

struct SlurmSite {
    std::optional<std::string> partition;
    std::optional<std::string> account;
    std::optional<std::string> qos;
    std::optional<std::string> licences;
    std::string gres = "gpu:1";
    bool memory = true;
    std::optional<double> time_factor;
    std::int32_t requeues_max = 5;
    std::int32_t array_max = 1000;
    std::vector<std::string> options;
};

template <class Visitor>
void describe(SlurmSite& value, Visitor& field) {
    field("partition",
          value.partition,
          {.meaning = "Partition to submit to.", .example = "gpu", .fallback = "Slurm's default"});
    field("account", value.account, {.meaning = "Account to charge.", .example = "vfx"});
    field("qos", value.qos, {.meaning = "Quality of service.", .example = "overnight"});
    field("licences",
          value.licences,
          {.meaning = "Licences that each unit holds.", .example = "nightreel:1"});
    field("gres",
          value.gres,
          {.meaning = "Generic resource of units that run the model; empty: none.",
           .example = "gpu:a100:1",
           .fallback = "gpu:1; none with device: cpu"});
    field("memory",
          value.memory,
          {.meaning = "Whether units ask for memory (--mem). false for clusters that do not "
                      "schedule memory.",
           .fallback = "true"});
    field("time_factor",
          value.time_factor,
          {.meaning = "Time limit of a unit: its estimated time on the reference machine of the "
                      "model, times this, and 10 minutes.",
           .minimum = 0.1,
           .maximum = 1000,
           .example = "4",
           .fallback = "none: the partition's own limit"});
    field("requeues_max",
          value.requeues_max,
          {.meaning = "How often a unit is put back into the queue after a failure that need not "
                      "happen on another node or at another time.",
           .minimum = 0,
           .maximum = 1000,
           .fallback = "5"});
    field("array_max",
          value.array_max,
          {.meaning = "Most members of a job array; at most MaxArraySize - 1 of the cluster.",
           .minimum = 1,
           .maximum = 4'000'000,
           .fallback = "1000"});
    field("options",
          value.options,
          {.meaning = "More options of sbatch, for every unit.", .example = "[\"--nice=100\"]"});
}

struct ManagersSection {
    std::optional<std::string> program;
    std::vector<std::string> models;
    std::string device = "auto";
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision;
    std::optional<ByteCount> memory;
    SlurmSite slurm;
};

template <class Visitor>
void describe(ManagersSection& value, Visitor& field) {
    field("program",
          value.program,
          {.meaning = "Path of nightreel-render on the rendering machines.",
           .example = "/opt/nightreel/bin/nightreel-render",
           .fallback = "where it is on the exporting machine"});
    field("models",
          value.models,
          {.meaning = "Folders to search for models on the rendering machines.",
           .example = "[/farm/models]",
           .fallback = "the folder that the night found the model in"});
    field("device",
          value.device,
          {.meaning = "Device to render on: auto, cpu, or a CUDA device such as cuda:0.",
           .example = "cuda:0",
           .fallback = "auto"});
    field("threads",
          value.threads,
          {.meaning = "CPU threads per task. Part of the device class: another value can change "
                      "output bytes.",
           .minimum = 1,
           .maximum = 1024,
           .fallback = "1"});
    field("precision",
          value.precision,
          {.meaning = "Numeric precision of the networks (docs/precision.md).",
           .example = "fast",
           .fallback = "chosen for the model and the processor"});
    field("memory",
          value.memory,
          {.meaning = "Maximum device memory that tasks may use.",
           .example = "12GiB",
           .fallback = "all memory of the device"});
    field("slurm", value.slurm, {.meaning = "Settings of `nightreel export slurm`."});
}

}  // namespace nightreel
