#include <algorithm>
#include <cstdio>
#include <span>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/bench/parts.h"
#include "pipeline/bench/random.h"
#include "pipeline/bench/watch.h"
#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "pipeline/model/text/umt5_encoder.h"
#include "pipeline/plan/memory_plan.h"
#include "pipeline/tasks/memory.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// One as long as a prompt can be, or several that are as long together.
std::vector<std::vector<std::int64_t>> prompts_of(std::int64_t count, std::int64_t vocabulary) {
    constexpr std::int64_t rows = 512;
    std::vector<std::vector<std::int64_t>> prompts(static_cast<std::size_t>(count));
    std::int64_t id = 0;
    for (auto& prompt : prompts) {
        for (std::int64_t row = 0; row < std::max<std::int64_t>(rows / count, 1); ++row) {
            prompt.push_back(id++ * 37 % vocabulary);
        }
    }
    return prompts;
}

}  // namespace

void bench_text_encoder(const BenchArguments& asked, c10::Device device) {
    if (asked.precision.value_or(PrecisionPolicy::float32) != PrecisionPolicy::float32) {
        throw Error(ErrorKind::usage, "--precision: prompts are always encoded in float32");
    }
    const std::filesystem::path folder =
        asked.random.empty()
            ? bench_folder(asked.model, "text_encoder")
            : make_random_network(random_text_encoder(asked.random, asked.layers), asked.scratch);
    reset_peak_memory();
    BenchWatch watch;
    const Umt5Encoder encoder(folder, device);
    const double load = watch.figures().seconds;
    const auto prompts = prompts_of(asked.batch, encoder.config().vocabulary);
    const std::vector<std::int64_t>& ids = prompts.front();
    const std::int64_t need = text_need(text_encoder_dimensions(Weights(folder, "model").stored()),
                                        static_cast<std::int64_t>(ids.size()));
    if (asked.memory_bytes > 0) {
        require_memory("a prompt of 512 tokens", need, asked.memory_bytes, "raise --memory");
    }
    for (std::int64_t run = 0; run < asked.repeat; ++run) {
        watch.begin();
        for (const at::Tensor& states : encoder.encode(std::span(prompts))) states.to(at::kCPU);
        fmt::print(
            R"({{"bench":"text","run":{},"prompts":{},"tokens":{},"layers":{},"precision":"{}",)"
            R"("threads":{},"load_seconds":{:.3f},{},"need_bytes":{}}})"
            "\n",
            run,
            prompts.size(),
            ids.size(),
            encoder.config().layers,
            word_of(PrecisionPolicy::float32),
            asked.threads,
            load,
            members_of(watch.figures()),
            need);
        std::fflush(stdout);
    }
}

}  // namespace nightreel
