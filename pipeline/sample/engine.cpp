#include "pipeline/sample/engine.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/faults.h"
#include "pipeline/model/tensor/precision_support.h"
#include "pipeline/model/transformer/step_cache.h"
#include "pipeline/model/vision/picture_preparation.h"
#include "pipeline/sample/conditioning.h"
#include "pipeline/sample/engine_parts.h"
#include "pipeline/sample/experts/segment_experts.h"
#include "pipeline/sample/latent_tensor.h"
#include "pipeline/sample/model_inputs.h"
#include "pipeline/sample/segment_check.h"
#include "pipeline/sample/segment_sampler.h"
#include "pipeline/sample/segment_tensors.h"
#include "pipeline/sample/windows/kept_state.h"
#include "pipeline/sample/windows/window_task.h"
#include "pipeline/sample/windows/windowed_sampler.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

template <class Body>
decltype(auto) in_engine(std::string_view what, Body&& body) {
    return in_tensors(what, [&]() -> decltype(auto) {
        const c10::NoGradGuard no_grad;
        return std::forward<Body>(body)();
    });
}

LatentClip sample_with(const SegmentRequest& request,
                       EngineParts& parts,
                       StepCache* cache,
                       const StepDone& step_done,
                       const Resumption& resumption = {}) {
    SamplingPlan plan = sampling_plan(sampling_for(parts.inputs, request.sampling));
    PreparedSegment prepared = prepare_segment(request, parts);
    if (request.start) start_from(*request.start, plan, prepared.tensors);
    SegmentExperts experts(parts, request, prepared.conditions, cache);
    const StepWatch watch = [&](const SampledStep& step) {
        if (!step_done) return;
        step_done({step.step + 1, step.steps, step.has_skipped, step.has_reused});
    };
    const std::vector<LatentWindow> windows =
        request.windows ? place_windows(request.frames.end - request.frames.begin, *request.windows)
                        : std::vector<LatentWindow>();
    const at::Tensor latents =
        windows.size() > 1
            ? sample_windows(experts.all(plan.grid),
                             prepared.tensors,
                             plan,
                             {windows,
                              prepared.dropped,
                              [&](std::size_t window) { experts.begin_window(window); }},
                             watch,
                             resumption)
            : sample_latents(experts.all(plan.grid), prepared.tensors, plan, watch);
    experts.close();
    return clip_of(latents.narrow(2, prepared.dropped, latents.size(2) - prepared.dropped));
}

}  // namespace

Engine::Engine(const EngineOptions& options)
    : parts_(
          in_engine("opening the model", [&] { return std::make_unique<EngineParts>(options); })) {
    // Not only by the transformer: a worker that cannot sample should not begin a take.
    if (options.precision) require_support(*options.precision, parts_->device);
}

Engine::~Engine() = default;

TextStates Engine::encode_prompt(const std::string& prompt) {
    return encode_prompts({&prompt, 1}).front();
}

std::vector<TextStates> Engine::encode_prompts(std::span<const std::string> prompts) {
    return in_engine("encoding a prompt", [&] { return parts_->read_texts(prompts); });
}

LatentClip Engine::encode_picture(const FrameRgb& picture) {
    return encode_clip({&picture, 1});
}

LatentClip Engine::encode_held_picture(const FrameRgb& picture) {
    // Latents settle to within a fiftieth of their own deviation after two latent frames.
    constexpr std::int32_t warm_up = 3;
    const std::int32_t frames = 1 + warm_up * latent_grid().frames_per_latent;
    const std::vector<FrameRgb> held(static_cast<std::size_t>(frames), picture);
    return slice(encode_clip(held), warm_up, 1);
}

bool Engine::takes_clean_frames() const {
    return parts_->inputs.clean_frames;
}

LatentClip Engine::encode_clip(std::span<const FrameRgb> pictures) {
    const LatentGrid grid = latent_grid();
    if (pictures.size() % static_cast<std::size_t>(grid.frames_per_latent) != 1) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("cannot encode {} frames: expected {} k + 1 frames",
                                pictures.size(),
                                grid.frames_per_latent));
    }
    std::vector<at::Tensor> frames;
    for (const FrameRgb& picture : pictures) {
        const bool fits = picture.width % grid.pixels_per_latent == 0 &&
                          picture.height % grid.pixels_per_latent == 0;
        if (!fits || picture.width != pictures[0].width || picture.height != pictures[0].height) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("cannot encode a picture of {}x{}: all pictures must have the "
                                    "same size, with both sides multiples of {}",
                                    picture.width,
                                    picture.height,
                                    grid.pixels_per_latent));
        }
        frames.push_back(video_tensor(picture));
    }
    return in_engine("encoding pictures", [&] {
        const LatentSize size = grid.size_of(pictures[0].width, pictures[0].height);
        const WanVae& vae = parts_->encoder(size, static_cast<std::int64_t>(pictures.size()));
        return clip_of(vae.encode(at::cat(frames, 2)));
    });
}

bool Engine::fits_references_on_canvas() const {
    return parts_->inputs.references == ReferenceUse::canvas;
}

bool Engine::takes_kept_frames() const {
    return parts_->inputs.references == ReferenceUse::canvas;
}

LatentClip Engine::encode_reference(const FrameRgb& picture, int width, int height) {
    if (!fits_references_on_canvas()) {
        if (picture.width == width && picture.height == height) return encode_picture(picture);
        throw Error(ErrorKind::bad_input,
                    fmt::format("a reference picture of {}x{} does not fit a clip of {}x{}",
                                picture.width,
                                picture.height,
                                width,
                                height));
    }
    const int cell = latent_grid().pixels_per_latent;
    return in_engine("encoding a reference", [&] {
        const auto whole = [&](int side) { return std::max(cell, side / cell * cell); };
        const at::Tensor pixels =
            video_pixels(byte_picture(picture), whole(picture.width), whole(picture.height));
        const WanVae& vae = parts_->encoder(latent_grid().size_of(width, height), 1);
        return clip_of(vae.encode(on_canvas(pixels, height, width)));
    });
}

TokenStates Engine::read_pictures(std::span<const FrameRgb> pictures) {
    if (!parts_->inputs.vision_tower || pictures.empty()) return {};
    return in_engine("reading pictures", [&] {
        const PictureReader& reader = parts_->pictures();
        std::vector<at::Tensor> pixels;
        for (const FrameRgb& picture : pictures) {
            pixels.push_back(tower_pixels(byte_picture(picture), reader.rules));
        }
        return text_states_of(reader.tower.read(at::cat(pixels)).flatten(0, 1));
    });
}

LatentClip Engine::sample_segment(const SegmentRequest& request,
                                  const StepDone& step_done,
                                  const std::filesystem::path& kept) {
    check_request(request, parts_->inputs, latent_grid());
    return in_engine("sampling", [&] {
        const double threshold = request.sampling.step_cache;
        if (threshold <= 0) {
            const Resumption resumption =
                kept.empty() ? Resumption()
                             : kept_in(kept, device_class(), request.sampling.solver);
            return sample_with(request, *parts_, nullptr, step_done, resumption);
        }
        StepCache cache({request.step_cache_fit, threshold});
        return sample_with(request, *parts_, &cache, step_done);
    });
}

void Engine::sample_window(const SegmentRequest& request,
                           const WindowTask& task,
                           const std::filesystem::path& state,
                           const StepDone& step_done) {
    check_request(request, parts_->inputs, latent_grid());
    in_engine("sampling", [&] {
        write_safetensors(state, advance_window(request, task, *parts_, step_done), {});
    });
}

LatentClip Engine::join_windows(const SegmentRequest& request,
                                const std::vector<WindowFile>& states) {
    return in_engine("joining windows",
                     [&] { return nightreel::join_windows(request, states, parts_->inputs); });
}

std::vector<StepChange> Engine::step_changes(const SegmentRequest& request) {
    SegmentRequest exact = request;
    exact.sampling.step_cache = 0;
    exact.sampling.guidance_until = 1;
    check_request(exact, parts_->inputs, latent_grid());
    return in_engine("sampling", [&] {
        std::vector<StepChange> changes;
        StepCache cache({.compare = [&](const StepChange& change) { changes.push_back(change); }});
        (void)sample_with(exact, *parts_, &cache, {});
        return changes;
    });
}

LatentGrid Engine::latent_grid() {
    const VaeConfig& config = in_engine("opening the autoencoder", [&]() -> const VaeConfig& {
        return parts_->autoencoder_config();
    });
    return {static_cast<std::int32_t>(config.latent_channels),
            static_cast<std::int32_t>(config.pixels_per_latent()),
            static_cast<std::int32_t>(config.frames_per_latent())};
}

const WanVae& Engine::decoder(const LatentSize& size) {
    return in_engine("opening the autoencoder",
                     [&]() -> const WanVae& { return parts_->decoder(size); });
}

const WanVae& Engine::exact_decoder(const LatentSize& size) {
    return in_engine("opening the autoencoder",
                     [&]() -> const WanVae& { return parts_->exact_decoder(size); });
}

void Engine::close() {
    parts_->close();
}

std::string Engine::device_class() {
    return nightreel::device_class(parts_->device, parts_->options.threads, parts_->policy);
}

std::string Engine::precision() {
    return std::string(word_of(parts_->policy));
}

}  // namespace nightreel
