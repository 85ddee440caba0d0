#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/model_folder.h"
#include "pipeline/model/text_encoder.h"
#include "pipeline/model/vae.h"
#include "pipeline/model/wan_transformer.h"
#include "pipeline/parity/parity_cases.h"
#include "pipeline/parity/pipeline_record.h"
#include "pipeline/sample/segment_sampler.h"
#include "pipeline/sample/segment_velocity.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr std::int64_t text_rows = 512;

}  // namespace

NamedTensors compute_pipeline_case(const ParityCase& parity_case) {
    const at::Device cpu(at::kCPU);
    const ModelFolder model = open_model_folder(parity_case.folder);
    if (model.pipeline_class != "WanPipeline" || model.has("transformer_2")) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: {} is not among the pipelines known", parity_case.name, model.pipeline_class));
    }
    const SamplingPlan plan = sampling_plan(recorded_settings(parity_case, model));
    const TextEncoder encoder(model.folder_of("tokenizer"), model.folder_of("text_encoder"), cpu);
    const WanTransformer transformer(model.folder_of("transformer"), cpu, PrecisionPolicy::float32);
    const auto text_of = [&](const char* key) {
        return encoder.encode(parity_case.config.at(key).get<std::string>(), text_rows);
    };
    const bool is_guided = plan.guidance > 1;
    const at::Tensor prompt = text_of("prompt");
    NamedTensors seen;
    seen["call0.encoder_hidden_states"] = used_rows(prompt);
    at::Tensor text = prompt;
    if (is_guided) {
        const at::Tensor negative = text_of("negative_prompt");
        seen["call1.encoder_hidden_states"] = used_rows(negative);
        text = at::cat({prompt, negative});
    }

    SegmentTensors segment;
    segment.noise_bcfhw = input_of(parity_case, parity_case.inputs(), "latents");
    std::vector<SampledStep> steps;
    const at::Tensor latents =
        sample_latents(velocity_of(transformer, text), segment, plan, [&](const SampledStep& step) {
            steps.push_back(step);
        });
    add_calls(steps, is_guided, seen);
    add_schedule(steps, plan, seen);
    const WanVae vae(model.folder_of("vae"), cpu, PrecisionPolicy::float32);
    add_pictures(vae, latents, seen);
    return seen;
}

}  // namespace nightreel
