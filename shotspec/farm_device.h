#pragma once
// What a farm file says of the device that tasks run on: the same for Nightreel's own workers and
// under other farm managers. Pure, any thread.

#include "shotspec/describe/fields.h"

namespace nightreel {

// Of a section with the members device, threads, precision and memory.
template <class Section, class Visitor>
void describe_device(Section& value, Visitor& field) {
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
          {.meaning = "Numeric precision of the networks (docs/precision.md). Part of the device "
                      "class: another value changes output bytes.",
           .example = "fast",
           .fallback = "chosen for the model and the processor"});
    field("memory",
          value.memory,
          {.meaning = "Maximum device memory that tasks may use.",
           .example = "12GiB",
           .fallback = "all memory of the device"});
}

}  // namespace nightreel
