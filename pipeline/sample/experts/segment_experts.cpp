#include "pipeline/sample/experts/segment_experts.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>

#include "pipeline/model/transformer/step_cache.h"
#include "pipeline/sample/guidance.h"
#include "pipeline/sample/latent_tensor.h"
#include "pipeline/sample/segment_velocity.h"

namespace nightreel {

namespace {

std::vector<SegmentLora> loras_at(std::vector<SegmentLora> loras, int step) {
    for (SegmentLora& lora : loras) {
        if (!lora.by_step || lora.by_step->empty()) continue;
        const std::size_t last = lora.by_step->size() - 1;
        const double factor = (*lora.by_step)[std::min(static_cast<std::size_t>(step), last)];
        lora.high *= factor;
        lora.low *= factor;
        lora.by_step.reset();
    }
    return loras;
}

}  // namespace

std::vector<ExpertStretch> expert_stretches(const SegmentRequest& request,
                                            const SigmaGrid& grid,
                                            std::optional<double> boundary) {
    const auto& switch_at = request.sampling.switch_at_step;
    std::vector<ExpertStretch> stretches;
    for (int step = 0; step < grid.steps(); ++step) {
        ExpertStretch now{.step_end = step + 1, .loras = loras_at(request.loras, step)};
        if (boundary) {
            const double timestep = grid.timesteps.at(static_cast<std::size_t>(step));
            const bool is_high = switch_at ? step < *switch_at : timestep >= *boundary;
            // Levels fall: the first expert is not asked again.
            const bool has_changed = !stretches.empty() && stretches.back().expert == 1;
            now.expert = is_high && !has_changed ? 0 : 1;
        }
        const bool goes_on = !stretches.empty() && stretches.back().expert == now.expert &&
                             stretches.back().loras == now.loras;
        if (goes_on) {
            stretches.back().step_end = now.step_end;
        } else {
            stretches.push_back(std::move(now));
        }
    }
    return stretches;
}

SegmentExperts::SegmentExperts(EngineParts& parts,
                               const SegmentRequest& request,
                               const Conditions& conditions,
                               StepCache* cache)
    : parts_(parts), request_(request), conditions_(conditions), cache_(cache) {}

std::vector<Expert> SegmentExperts::all(const SigmaGrid& grid) {
    stretches_ = expert_stretches(request_, grid, parts_.inputs.boundary);
    std::vector<Expert> experts;
    for (std::size_t number = 0; number < stretches_.size(); ++number) {
        experts.push_back(
            {.velocity = velocity(number),
             .guidance = guidance_of(request_.sampling, stretches_[number].expert),
             .cache = cache_,
             .step_end = stretches_[number].step_end,
             .unreferenced = guides_references() ? unreferenced(number) : Velocity{}});
    }
    return experts;
}

void SegmentExperts::begin_window(std::size_t window) {
    if (!request_.window_texts) return;
    prompt_ = static_cast<std::size_t>(request_.window_texts->of_window.at(window));
}

void SegmentExperts::close() {
    if (opened_ && opened_->sum.defined()) opened_->network.refuse_unless_finite(opened_->sum);
    opened_.reset();
}

Velocity SegmentExperts::velocity(std::size_t number) {
    return [this, number](const at::Tensor& latents, const at::Tensor& timesteps) {
        if (!opened_ || opened_->number != number) open(number);
        at::Tensor answer = opened_->velocities.at(prompt_)(latents, timesteps);
        if (answer.is_cpu()) return answer;
        const at::Tensor sum = answer.sum(at::kDouble);
        opened_->sum = opened_->sum.defined() ? opened_->sum + sum : sum;
        return answer;
    };
}

bool SegmentExperts::guides_references() const {
    return request_.sampling.guide_references.value_or(false) && request_.references.frames > 0;
}

Velocity SegmentExperts::unreferenced(std::size_t number) {
    return [this, number](const at::Tensor& latents, const at::Tensor& timesteps) {
        if (!opened_ || opened_->number != number) open(number);
        return opened_->unreferenced(latents, timesteps);
    };
}

void SegmentExperts::open(std::size_t number) {
    close();
    const ExpertStretch& stretch = stretches_.at(number);
    const WanTransformer& network = parts_.network(stretch.expert, request_, stretch.loras);
    const double guidance = guidance_of(request_.sampling, stretch.expert);
    std::vector<Velocity> velocities;
    const auto add = [&](const TextStates& prompt) {
        velocities.push_back(velocity_of(network, text_for(prompt, guidance), conditions_, cache_));
    };
    if (request_.window_texts) {
        for (const TextStates& text : request_.window_texts->texts) add(text);
    } else {
        add(request_.prompt);
    }
    opened_.emplace(Opened{number, network, std::move(velocities)});
    if (guides_references()) {
        opened_->unreferenced = velocity_of(network, text_of(request_.negative), conditions_);
    }
}

at::Tensor SegmentExperts::text_of(const TextStates& text) const {
    return padded_text(
        text, static_cast<std::int64_t>(parts_.options.prompt_tokens_max), parts_.device);
}

at::Tensor SegmentExperts::text_for(const TextStates& text, double guidance) const {
    const at::Tensor prompt = text_of(text);
    if (!needs_guidance(guidance)) return prompt;
    return at::cat({prompt, text_of(request_.negative)});
}

}  // namespace nightreel
