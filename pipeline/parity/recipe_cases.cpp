// Recipes of the recipes folder, sampled with a made-up network, by the way that a segment takes:
// the recipe's file, its noise levels, which expert and how much of each LoRA a step has.

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/parity/parity_cases.h"
#include "pipeline/sample/experts/segment_experts.h"
#include "pipeline/sample/guidance.h"
#include "pipeline/sample/segment_sampler.h"
#include "shotspec/base/error.h"
#include "shotspec/recipe/read_recipe.h"

namespace nightreel {

namespace {

Recipe recipe_named(const ParityCase& parity_case, const std::string& name) {
    Complaints found;
    const std::filesystem::path file = parity_case.path("recipes_folder") / (name + ".yaml");
    Recipe recipe = read_recipe({name, file}, found);
    if (!found.has_errors()) return recipe;
    throw Error(ErrorKind::bad_input, text_of(found.sorted()));
}

// As a night with one file for each of its LoRAs has them.
std::vector<SegmentLora> loras_of(const Recipe& recipe) {
    std::vector<SegmentLora> loras;
    for (const RecipeLora& lora : recipe.loras) {
        loras.push_back({.path = std::string(word_of(lora.name)),
                         .high = lora.name == RecipeLoraName::low ? 0 : lora.strength,
                         .low = lora.name == RecipeLoraName::high ? 0 : lora.strength,
                         .by_step = lora.by_step});
    }
    return loras;
}

// The made-up network of these cases, and what it was told.
struct ToyNetwork {
    const ParityCase& parity_case;
    NamedTensors inputs;
    std::vector<float> timesteps = {};
    std::vector<std::int64_t> experts = {};
    std::vector<float> strengths = {};

    at::Tensor input(const std::string& name) const { return input_of(parity_case, inputs, name); }

    at::Tensor predicted(const at::Tensor& x,
                         double timestep,
                         const std::string& w,
                         double s) const {
        return x * 0.8 - (x * 1.7).sin() * 0.5 + input(w) * (timestep / 1000 - 0.45) +
               input("l") * s;
    }

    at::Tensor ask(const at::Tensor& x, double timestep, const ExpertStretch& stretch) {
        const bool is_high = stretch.expert == 0;
        const double strength = std::accumulate(
            stretch.loras.begin(), stretch.loras.end(), 0.0, [&](double sum, const auto& lora) {
                return sum + (is_high ? lora.high : lora.low);
            });
        timesteps.push_back(static_cast<float>(timestep));
        experts.push_back(is_high ? 0 : 1);
        strengths.push_back(static_cast<float>(strength));
        const at::Tensor with =
            predicted(x.narrow(0, 0, 1), timestep, is_high ? "w_high" : "w_low", strength);
        if (x.size(0) == 1) return with;
        return at::cat({with, predicted(x.narrow(0, 1, 1), timestep, "w_none", strength)});
    }
};

void sample_recipe(const ParityCase& parity_case,
                   const Recipe& recipe,
                   std::optional<double> boundary,
                   NamedTensors& seen) {
    ToyNetwork network{parity_case, parity_case.inputs()};
    const SamplingPlan plan = sampling_plan(recipe.sampling);
    SegmentRequest request;
    request.sampling = recipe.sampling;
    request.loras = loras_of(recipe);
    std::vector<Expert> experts;
    for (const ExpertStretch& stretch : expert_stretches(request, plan.grid, boundary)) {
        experts.push_back({.velocity =
                               [&network, stretch](const at::Tensor& x, const at::Tensor& t) {
                                   return network.ask(x, t[0].item<double>(), stretch);
                               },
                           .guidance = guidance_of(recipe.sampling, stretch.expert),
                           .step_end = stretch.step_end});
    }
    SegmentTensors segment;
    segment.noise_bcfhw = network.input("start");
    segment.fresh_noise = [&](int step) { return network.input("noise").select(0, step); };
    std::vector<at::Tensor> latents{segment.noise_bcfhw * plan.noise_scale};
    const auto watch = [&](const SampledStep& step) { latents.push_back(step.latents); };
    (void)sample_latents(experts, segment, plan, watch);
    seen[recipe.name + ".latents"] = at::stack(latents);
    seen[recipe.name + ".timesteps"] = at::tensor(network.timesteps, at::kFloat);
    seen[recipe.name + ".experts"] = at::tensor(network.experts, at::kLong);
    seen[recipe.name + ".strengths"] = at::tensor(network.strengths, at::kFloat);
}

}  // namespace

NamedTensors compute_recipe_case(const ParityCase& parity_case) {
    constexpr double training_timesteps = 1000;
    NamedTensors seen;
    for (const auto& [name, variant] : parity_case.config.at("recipes").items()) {
        std::optional<double> boundary;
        if (variant.contains("boundary")) {
            boundary = variant.at("boundary").get<double>() * training_timesteps;
        }
        sample_recipe(parity_case, recipe_named(parity_case, name), boundary, seen);
    }
    return seen;
}

}  // namespace nightreel
