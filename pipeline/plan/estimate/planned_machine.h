#pragma once
// What estimates need to know of the machine that runs a model. Values.

#include "shotspec/base/processor.h"

namespace nightreel {

// By default the machine that the figures of model cards were measured on.
struct PlannedMachine {
    bool has_avx512 = true;
    bool has_bfloat16 = true;  // products of bf16: large models are held in it by default

    // Of a task that samples or decodes. Processor time in float32 with NIGHTREEL_CPU=avx2 over
    // that without: a transformer 1.75 to 1.85, a decoder 1.55 to 1.65 (tests/bench/README.md).
    double sampling_slowness() const { return has_avx512 ? 1 : 1.8; }

    double decoding_slowness() const { return has_avx512 ? 1 : 1.6; }
};

// A machine with a GPU computes as fast as cards say, or faster.
inline PlannedMachine planned_machine(const ProcessorFeatures& processor, bool has_gpu) {
    return {.has_avx512 = has_gpu || processor.avx512,
            .has_bfloat16 = has_gpu || processor.has_bfloat16_products()};
}

}  // namespace nightreel
