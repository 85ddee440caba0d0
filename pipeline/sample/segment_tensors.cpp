#include "pipeline/sample/segment_tensors.h"

#include <algorithm>
#include <optional>

#include <ATen/ATen.h>

#include "pipeline/plan/strategy/window_plan.h"
#include "pipeline/sample/latent_tensor.h"
#include "pipeline/sample/model_inputs.h"

namespace nightreel {

namespace {

// Draws for what stands in front of a clip: another key than any of the clip's own.
constexpr std::uint32_t reference_draws = std::uint32_t{1} << 31;

LatentClip clip_noise(const SegmentRequest& request, std::uint32_t draw) {
    if (!request.windows || !request.windows->free_noise) {
        return segment_noise(request.noise_seed, request.frames, request.size, draw);
    }
    const std::int64_t first = request.frames.begin;
    std::vector<LatentClip> frames;
    for (const std::int64_t frame :
         noise_frames(request.frames.end - first, *request.windows, request.noise_seed)) {
        frames.push_back(segment_noise(
            request.noise_seed, {first + frame, first + frame + 1}, request.size, draw));
    }
    return join(frames);
}

// Noise of the clip, and before it that of the references that are sampled with it.
at::Tensor noise_of(const SegmentRequest& request,
                    std::int64_t references,
                    c10::Device device,
                    std::uint32_t draw) {
    const at::Tensor clip = tensor_of(clip_noise(request, draw), device);
    if (references == 0) return clip;
    const LatentClip front =
        segment_noise(request.noise_seed, {0, references}, request.size, draw | reference_draws);
    return at::cat({tensor_of(front, device), clip}, 2);
}

void give_clean(SegmentTensors& segment, std::int64_t first, const at::Tensor& latents) {
    if (!segment.clean_bcfhw.defined()) {
        segment.clean_bcfhw = at::zeros_like(segment.noise_bcfhw);
        segment.is_clean.assign(static_cast<std::size_t>(segment.noise_bcfhw.size(2)), false);
    }
    segment.clean_bcfhw.narrow(2, first, latents.size(2)).copy_(latents);
    for (std::int64_t i = 0; i < latents.size(2); ++i) {
        segment.is_clean[static_cast<std::size_t>(first + i)] = true;
    }
}

at::Tensor pixels_of(const std::optional<FrameRgb>& picture) {
    return picture ? video_tensor(*picture) : at::Tensor();
}

// Pixel frames of the segment, or of one of its windows, as a clip of its own.
std::int64_t frames_of_clip(const SegmentRequest& request, const VaeConfig& config) {
    return (shown_latents(request) - 1) * config.frames_per_latent() + 1;
}

ControlClip control_of(const SegmentRequest& request, std::int64_t frames, std::int64_t pixels) {
    ControlClip clip =
        empty_control(frames, request.size.height * pixels, request.size.width * pixels);
    if (request.control) {
        for (std::int64_t frame = 0; frame < frames; ++frame) {
            const auto index = static_cast<std::size_t>(frame);
            clip.video.narrow(2, frame, 1).copy_(video_tensor(request.control->frames.at(index)));
            if (request.control->made.empty()) continue;
            const std::vector<float>& made = request.control->made.at(index);
            const at::Tensor mask = clip.mask.select(2, frame);
            mask.copy_(at::from_blob(const_cast<float*>(made.data()), mask.sizes(), at::kFloat));
        }
    }
    for (std::size_t index = 0; index < request.kept.size(); ++index) {
        const auto frame = static_cast<std::int64_t>(index);
        clip.video.narrow(2, frame, 1).copy_(video_tensor(request.kept[index]));
        clip.mask.select(2, frame).zero_();
    }
    return clip;
}

void add_control(const SegmentRequest& request, EngineParts& parts, PreparedSegment& prepared) {
    const std::int64_t frames = frames_of_clip(request, parts.autoencoder_config());
    const WanVae& vae = parts.encoder(request.size, frames);
    prepared.dropped = request.references.frames;
    prepared.conditions.control_1cfhw = control_channels(
        vae,
        control_of(request, frames, vae.config().pixels_per_latent()),
        prepared.dropped > 0 ? tensor_of(request.references, parts.device) : at::Tensor());
}

void add_pictures(const SegmentRequest& request, EngineParts& parts, PreparedSegment& prepared) {
    const std::int64_t frames = frames_of_clip(request, parts.autoencoder_config());
    const WanVae& vae = parts.encoder(request.size, frames);
    const GivenPictures& given = request.given;
    prepared.conditions.channels_1cfhw =
        picture_channels(vae, pixels_of(given.first), pixels_of(given.last), frames);
    if (parts.inputs.vision_tower) {
        prepared.conditions.pictures_1pi = padded_text(given.seen, given.seen.rows, parts.device);
    }
}

}  // namespace

std::int64_t shown_latents(const SegmentRequest& request) {
    const std::int64_t frames = request.frames.end - request.frames.begin;
    if (!request.windows) return frames;
    return std::min<std::int64_t>(frames, request.windows->latent_count);
}

PreparedSegment prepare_segment(const SegmentRequest& request, EngineParts& parts) {
    PreparedSegment prepared;
    const ModelInputs& inputs = parts.inputs;
    if (inputs.references == ReferenceUse::canvas) add_control(request, parts, prepared);
    if (inputs.picture_channels) add_pictures(request, parts, prepared);

    if (inputs.rate) prepared.conditions.rate = request.rate;
    if (const auto forcing = sampling_for(inputs, request.sampling).forcing) {
        prepared.conditions.frames_per_block = forcing->block;
    }

    SegmentTensors& tensors = prepared.tensors;
    // Draw 0 is what the clip starts from.
    tensors.noise_bcfhw = noise_of(request, prepared.dropped, parts.device, 0);
    tensors.fresh_noise = [&request, device = parts.device, dropped = prepared.dropped](int step) {
        return noise_of(request, dropped, device, static_cast<std::uint32_t>(step) + 1);
    };
    if (inputs.references == ReferenceUse::in_front && request.references.frames > 0) {
        tensors.references_bcrhw = tensor_of(request.references, parts.device);
    }
    for (const CleanFrames& clean : request.clean) {
        give_clean(tensors, clean.first, tensor_of(clean.latents, parts.device));
    }
    if (inputs.clean_frames && request.given.first) {
        const WanVae& vae = parts.encoder(request.size, 1);
        give_clean(tensors, 0, vae.encode(pixels_of(request.given.first)));
    }
    return prepared;
}

void start_from(const StartLatents& start, SamplingPlan& plan, SegmentTensors& tensors) {
    int step = 0;
    while (step + 1 < plan.grid.steps() &&
           static_cast<double>(plan.grid.sigma(step)) > start.noise_level) {
        ++step;
    }
    plan.grid = from_step(plan.grid, step);
    const double sigma = plan.grid.sigma(0);
    const at::Tensor clip = tensor_of(start.latents, tensors.noise_bcfhw.device());
    const at::Tensor noise = start_of(tensors, plan);
    plan.noise_scale = 1;
    if (start.levels) tensors.hold = {clip, noise, *start.levels};
    tensors.noise_bcfhw = (1 - sigma) * clip + sigma * noise;
}

}  // namespace nightreel
