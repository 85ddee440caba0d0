#include "pipeline/model/transformer/transformer.h"

#include <algorithm>
#include <cstdio>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/bench/parts.h"
#include "pipeline/bench/random.h"
#include "pipeline/bench/watch.h"
#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/plan/memory_plan.h"
#include "pipeline/tasks/memory.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t text_rows = 512;
constexpr std::int64_t pixels_per_latent = 8;
constexpr std::int64_t frames_per_latent = 4;

// Products of matrices and attention; everything else is a percent.
double transformer_operations(const WanConfig& config, double tokens) {
    const auto d = static_cast<double>(config.width());
    const auto f = static_cast<double>(config.feed_forward);
    const double products = 6 * d * d + 2 * d * f;  // q k v o, q o of the text, feed-forward
    const double attention = 2 * tokens * d + 2 * static_cast<double>(text_rows) * d;
    return 2 * static_cast<double>(config.layers) * tokens * (products + attention);
}

TransformerWork work_of(const at::Tensor& latents_bcfhw,
                        const WanConfig& config,
                        PrecisionPolicy policy) {
    const at::IntArrayRef size = latents_bcfhw.sizes();
    return {.tokens_per_frame = size[3] * size[4] / (config.patch[1] * config.patch[2]),
            .latent_frames = size[2],
            .batch = size[0],
            .prompts = size[0],
            .text_rows = text_rows,
            .item_bytes = static_cast<std::int64_t>(c10::elementSize(facts_of(policy).products))};
}

NamedTensors inputs_of(const BenchArguments& asked, const WanConfig& config) {
    if (!asked.inputs.empty()) return read_safetensors(asked.inputs);
    return {{"latents",
             at::randn({asked.batch,
                        config.channels_in,
                        (asked.frames - 1) / frames_per_latent + 1,
                        asked.height / pixels_per_latent,
                        asked.width / pixels_per_latent})},
            {"timesteps", at::full({asked.batch}, 500.0)},
            {"text", at::randn({asked.batch, text_rows, config.text})}};
}

// What is the same for every run.
struct Facts {
    double tokens = 0;
    double operations = 0;
    Residency residency = Residency::resident;
    std::int64_t need_bytes = 0;
    double load_seconds = 0;
    double text_seconds = 0;
};

Facts facts_before(const BenchArguments& asked,
                   const Weights& weights,
                   const TransformerWork& work,
                   const WanConfig& config) {
    const TransformerDimensions sizes = transformer_dimensions(weights.stored());
    const auto tokens = static_cast<double>(work.tokens_per_frame * work.latent_frames);
    const auto clips = static_cast<double>(work.batch);
    Facts facts{.tokens = tokens * clips,
                .operations = transformer_operations(config, tokens) * clips};
    if (asked.memory_bytes > 0) facts.residency = choose_residency(sizes, work, asked.memory_bytes);
    const MemoryNeed need = memory_need(sizes, work);
    facts.need_bytes =
        facts.residency == Residency::resident ? need.resident_bytes : need.streamed_bytes;
    return facts;
}

void print_run(const BenchArguments& asked,
               const WanTransformer& network,
               const Facts& facts,
               std::int64_t run,
               const RunFigures& figures) {
    fmt::print(
        R"({{"bench":"transformer","run":{},"tokens":{},"layers":{},"precision":"{}",)"
        R"("residency":"{}","threads":{},"load_seconds":{:.3f},"text_seconds":{:.3f},{},)"
        R"("need_bytes":{},"flops":{:.4g},"flops_per_second":{:.4g},"eight_bit_error":{:.5f}}})"
        "\n",
        run,
        facts.tokens,
        network.config().layers,
        word_of(network.policy()),
        facts.residency == Residency::resident ? "resident" : "streamed",
        asked.threads,
        facts.load_seconds,
        facts.text_seconds,
        members_of(figures),
        facts.need_bytes,
        facts.operations,
        facts.operations / std::max(figures.seconds, 1e-3),
        network.eight_bit_error());
    std::fflush(stdout);
}

}  // namespace

void bench_transformer(const BenchArguments& asked, c10::Device device) {
    const fs::path folder =
        asked.random.empty()
            ? bench_folder(asked.model, "transformer")
            : make_random_network(random_transformer(asked.random, asked.layers), asked.scratch);
    const WanConfig config = read_wan_config(folder);
    const NamedTensors inputs = inputs_of(asked, config);
    const at::Tensor& latents = inputs.at("latents");
    const Weights weights(folder, "diffusion_pytorch_model");
    const PrecisionPolicy policy =
        asked.precision.value_or(choose_precision(device, processor_facts(), weights.parameters()));
    Facts facts = facts_before(asked, weights, work_of(latents, config, policy), config);

    reset_peak_memory();
    BenchWatch watch;
    const WanTransformer network(folder, device, policy, facts.residency);
    facts.load_seconds = watch.figures().seconds;
    watch.begin();
    const TextContext text = network.prepare_text(inputs.at("text"));
    facts.text_seconds = watch.figures().seconds;
    for (std::int64_t run = 0; run < asked.repeat; ++run) {
        watch.begin();
        const at::Tensor velocity =
            network.forward(latents, inputs.at("timesteps"), text).to(at::kCPU);
        const RunFigures figures = watch.figures();
        if (!asked.output.empty()) write_safetensors(asked.output, {{"velocity", velocity}});
        print_run(asked, network, facts, run, figures);
    }
}

}  // namespace nightreel
