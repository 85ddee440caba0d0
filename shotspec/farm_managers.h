#pragma once
// `managers:` of a farm file: what this site tells the farm managers of others (Slurm, ...) that
// run exported nights. Described once here. Plain values, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/card/precision_policy.h"
#include "shotspec/commercial_managers.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/farm_device.h"

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

struct OpenCueSite {
    std::string facility = "local";
    std::string show = "nightreel";
    std::string user = "nightreel";
    std::optional<std::int32_t> uid;
    std::string service = "shell";
    std::vector<std::string> limits;
    std::int32_t priority = 50;
    std::int32_t retries_max = 3;
    bool every_layer_on_gpu = false;
    std::vector<std::string> cuebots;
    std::string python = "python3";
};

template <class Visitor>
void describe(OpenCueSite& value, Visitor& field) {
    field("facility", value.facility, {.meaning = "Facility.", .fallback = "local"});
    field("show", value.show, {.meaning = "Show in OpenCue.", .fallback = "nightreel"});
    field("user", value.user, {.meaning = "User of the job.", .fallback = "nightreel"});
    field("uid", value.uid, {.meaning = "User id that frames run as.", .minimum = 1});
    field("service", value.service, {.meaning = "Service of all layers.", .fallback = "shell"});
    field("limits", value.limits, {.meaning = "Limits that layers of the model hold."});
    field(
        "priority",
        value.priority,
        {.meaning = "Priority of the job.", .minimum = 1, .maximum = 1'000'000, .fallback = "50"});
    field("retries_max",
          value.retries_max,
          {.meaning = "How often OpenCue repeats a frame that failed; at most MAX_FRAME_RETRIES of "
                      "the facility.",
           .minimum = 0,
           .maximum = 16,
           .fallback = "3"});
    field("every_layer_on_gpu",
          value.every_layer_on_gpu,
          {.meaning = "Whether layers that need no GPU ask for one too: on a farm where every host "
                      "has GPUs, others are never started.",
           .fallback = "false"});
    field("cuebots",
          value.cuebots,
          {.meaning = "Cuebots to ask, each as HOST or HOST:PORT.",
           .example = "[cuebot.studio:8443]",
           .fallback = "those of CUEBOT_HOSTS, or of pycue's configuration file"});
    field("python",
          value.python,
          {.meaning = "Python that has pycue, on the machine that submits.",
           .example = "/opt/opencue/bin/python3",
           .fallback = "python3"});
}

struct FlamencoSite {
    std::string manager = "http://localhost:8080";
    std::int32_t priority = 50;
    std::string model_task_type = "misc";
    std::optional<std::string> worker_tag;
};

template <class Visitor>
void describe(FlamencoSite& value, Visitor& field) {
    field("manager",
          value.manager,
          {.meaning = "Address of the Flamenco Manager.", .fallback = "http://localhost:8080"});
    field("priority",
          value.priority,
          {.meaning = "Priority of the job.", .minimum = 0, .maximum = 100, .fallback = "50"});
    field("model_task_type",
          value.model_task_type,
          {.meaning = "Task type of units that run the model. Where some workers have no GPU: a "
                      "type that only those with one have in their task_types.",
           .example = "nightreel-gpu",
           .fallback = "misc"});
    field("worker_tag",
          value.worker_tag,
          {.meaning = "UUID of the worker tag whose workers run the job.",
           .fallback = "none: all workers"});
}

struct AfanasySite {
    std::string server = "localhost:51000";
    std::string user = "nightreel";
    std::string service = "generic";
    std::optional<std::string> parser;
    std::optional<std::string> hosts_mask;
    std::int32_t capacity = 1000;
    std::optional<std::string> gpu_ticket;
    std::int32_t priority = 50;
    std::int32_t errors_retries = 3;
    std::optional<std::int32_t> errors_task_same_host;
};

template <class Visitor>
void describe(AfanasySite& value, Visitor& field) {
    field(
        "server", value.server, {.meaning = "Address of afserver.", .fallback = "localhost:51000"});
    field("user", value.user, {.meaning = "User of the job.", .fallback = "nightreel"});
    field("service",
          value.service,
          {.meaning = "Service of all blocks; nightreel where its files are installed.",
           .fallback = "generic"});
    field("parser",
          value.parser,
          {.meaning = "Parser of all blocks.",
           .fallback = "nightreel with service: nightreel, else generic"});
    field("hosts_mask",
          value.hosts_mask,
          {.meaning = "Regular expression of the hosts to run on.", .example = "gpu.*"});
    field("capacity",
          value.capacity,
          {.meaning = "Capacity of a unit that runs the model on a GPU; others take 100 for each "
                      "thread, and at most this.",
           .minimum = 1,
           .maximum = 1'000'000,
           .fallback = "1000: one unit at a time on a host of Afanasy's default capacity"});
    field("gpu_ticket",
          value.gpu_ticket,
          {.meaning = "Ticket that a unit holds while it runs the model on a GPU: give every host "
                      "as many as it has GPUs.",
           .example = "GPU",
           .fallback = "none"});
    field("priority",
          value.priority,
          {.meaning = "Priority of the job.", .minimum = 0, .maximum = 250, .fallback = "50"});
    field("errors_retries",
          value.errors_retries,
          {.meaning = "How often Afanasy repeats a task that failed.",
           .minimum = 0,
           .maximum = 100,
           .fallback = "3"});
    field(
        "errors_task_same_host",
        value.errors_task_same_host,
        {.meaning = "After this many failures on one host a task goes to others; 1 where one host "
                    "may be unfit, 0: no limit.",
         .minimum = 0,
         .maximum = 100,
         .fallback = "that of the user in Afanasy"});
}

struct ShellSite {
    std::int32_t units = 1;
};

template <class Visitor>
void describe(ShellSite& value, Visitor& field) {
    field("units",
          value.units,
          {.meaning = "How many units run at once on the machine.",
           .minimum = 1,
           .maximum = 1000,
           .fallback = "1"});
}

struct ManagersSection {
    std::optional<std::string> program;
    std::vector<std::string> models;
    std::optional<std::string> store;
    std::string device = "auto";
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision;
    std::optional<ByteCount> memory;
    SlurmSite slurm;
    OpenCueSite opencue;
    FlamencoSite flamenco;
    AfanasySite afanasy;
    DeadlineSite deadline;
    TractorSite tractor;
    RoyalRenderSite royal_render;
    ShellSite shell;
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
           .fallback = "those of the exporting machine"});
    field("store",
          value.store,
          {.meaning = "Existing folder of results, which several nights can share.",
           .example = "/farm/store",
           .fallback = "artifacts/ in the job directory"});
    describe_device(value, field);
    field("slurm", value.slurm, {.meaning = "Settings of `nightreel export slurm`."});
    field("opencue", value.opencue, {.meaning = "Settings of `nightreel export opencue`."});
    field("flamenco", value.flamenco, {.meaning = "Settings of `nightreel export flamenco`."});
    field("afanasy", value.afanasy, {.meaning = "Settings of `nightreel export afanasy`."});
    field("deadline", value.deadline, {.meaning = "Settings of `nightreel export deadline`."});
    field("tractor", value.tractor, {.meaning = "Settings of `nightreel export tractor`."});
    field("royal_render",
          value.royal_render,
          {.meaning = "Settings of `nightreel export royal_render`."});
    field("shell", value.shell, {.meaning = "Settings of `nightreel export shell`."});
}

}  // namespace nightreel
