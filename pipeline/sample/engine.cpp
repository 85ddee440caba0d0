#include "pipeline/sample/engine.h"

#include <optional>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/model_folder.h"
#include "pipeline/model/device.h"
#include "pipeline/model/text_encoder.h"
#include "pipeline/model/vae.h"
#include "pipeline/model/wan_transformer.h"
#include "pipeline/sample/guidance.h"
#include "pipeline/sample/latent_tensor.h"
#include "pipeline/sample/segment_sampler.h"
#include "pipeline/sample/segment_velocity.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

// Faults of the tensor library leave the engine as ours, because their kind decides what is tried
// next.
template <class Body>
decltype(auto) in_engine(std::string_view what, Body&& body) {
    try {
        const c10::NoGradGuard no_grad;
        return std::forward<Body>(body)();
    } catch (const c10::OutOfMemoryError& error) {
        throw Error(ErrorKind::out_of_memory,
                    fmt::format("{}: {}", what, error.what_without_backtrace()));
    } catch (const c10::Error& error) {
        const std::string_view text = error.what_without_backtrace();
        const bool no_memory = text.find("allocate memory") != std::string_view::npos;
        throw Error(no_memory ? ErrorKind::out_of_memory : ErrorKind::internal,
                    fmt::format("{}: {}", what, text));
    }
}

c10::Device prepared_device(const EngineOptions& options) {
    if (options.threads < 1) throw Error(ErrorKind::bad_input, "threads: at least 1 is needed");
    const c10::Device device = open_device(options.device);
    at::set_num_threads(options.threads);
    return device;
}

// Judged by the transformer, which does nearly all of the work, and then used for every network.
PrecisionPolicy chosen_policy(const EngineOptions& options,
                              const ModelFolder& model,
                              const c10::Device& device) {
    if (options.precision != "auto") return precision_policy_named(options.precision);
    const Weights weights(model.folder_of("transformer"), "diffusion_pytorch_model");
    return choose_precision(device, processor_facts(), weights.parameters());
}

void check_request(const SegmentRequest& request) {
    const auto frames = static_cast<std::int32_t>(request.frames.end - request.frames.begin);
    const auto refuse = [](const std::string& text) { throw Error(ErrorKind::bad_input, text); };
    if (frames < 1) refuse("segment: no latent frames to sample");
    if (request.prompt.rows < 1) refuse("segment: the prompt is not encoded");
    if (needs_guidance(request.sampling.guidance) && request.negative.rows < 1) {
        refuse("segment: guidance above 1 needs an encoded negative prompt");
    }
    for (const CleanFrames& clean : request.clean) {
        if (clean.first < 0 || clean.first + clean.latents.frames > frames) {
            refuse(fmt::format("segment: given latent frames {} to {} lie outside of its {}",
                               clean.first,
                               clean.first + clean.latents.frames - 1,
                               frames));
        }
        if (clean.latents.size() != request.size || !is_sound(clean.latents)) {
            refuse("segment: given latent frames are of another size or hold no numbers");
        }
    }
    const LatentClip& references = request.references;
    if (references.frames > 0 && (references.size() != request.size || !is_sound(references))) {
        refuse("segment: references are of another size or hold no numbers");
    }
}

SegmentTensors tensors_of(const SegmentRequest& request, c10::Device device) {
    SegmentTensors segment;
    segment.noise_bcfhw =
        tensor_of(segment_noise(request.noise, request.frames, request.size), device);
    // Draw 0 is what the clip starts from. The request outlives the sampling.
    segment.fresh_noise = [&request, device](int step) {
        const auto draw = static_cast<std::uint32_t>(step) + 1;
        return tensor_of(segment_noise(request.noise, request.frames, request.size, draw), device);
    };
    if (request.references.frames > 0) {
        segment.references_bcrhw = tensor_of(request.references, device);
    }
    if (request.clean.empty()) return segment;
    segment.clean_bcfhw = at::zeros_like(segment.noise_bcfhw);
    segment.is_clean.assign(static_cast<std::size_t>(segment.noise_bcfhw.size(2)), false);
    for (const CleanFrames& clean : request.clean) {
        segment.clean_bcfhw.narrow(2, clean.first, clean.latents.frames)
            .copy_(tensor_of(clean.latents, device));
        for (std::int32_t i = 0; i < clean.latents.frames; ++i) {
            segment.is_clean[static_cast<std::size_t>(clean.first + i)] = true;
        }
    }
    return segment;
}

}  // namespace

struct Engine::Parts {
    explicit Parts(const EngineOptions& given)
        : options(given),
          device(prepared_device(given)),
          model(open_model_folder(given.model)),
          policy(chosen_policy(given, model, device)) {}

    const TextEncoder& text() {
        if (!text_encoder) {
            text_encoder.emplace(
                model.folder_of("tokenizer"), model.folder_of("text_encoder"), device);
        }
        return *text_encoder;
    }

    const WanTransformer& network() {
        if (!transformer) transformer.emplace(model.folder_of("transformer"), device, policy);
        return *transformer;
    }

    const WanVae& autoencoder() {
        if (!vae) vae.emplace(model.folder_of("vae"), device, policy);
        return *vae;
    }

    EngineOptions options;
    c10::Device device;
    ModelFolder model;
    PrecisionPolicy policy;
    std::optional<TextEncoder> text_encoder;
    std::optional<WanTransformer> transformer;
    std::optional<WanVae> vae;
};

Engine::Engine(const EngineOptions& options)
    : parts_(in_engine("opening the model", [&] { return std::make_unique<Parts>(options); })) {}

Engine::~Engine() = default;

TextStates Engine::encode_prompt(const std::string& prompt) {
    return in_engine("encoding a prompt", [&] {
        const TextEncoder& text = parts_->text();
        const auto rows = static_cast<std::size_t>(parts_->options.prompt_tokens_max);
        return text_states_of(text.encoder().encode(text.ids(prompt, rows)));
    });
}

LatentClip Engine::encode_picture(const FrameRgb& picture) {
    return encode_clip({&picture, 1});
}

LatentClip Engine::encode_clip(std::span<const FrameRgb> pictures) {
    const LatentGrid grid = latent_grid();
    if (pictures.size() % static_cast<std::size_t>(grid.frames_per_latent) != 1) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} frames cannot be encoded: {} k + 1 are wanted",
                                pictures.size(),
                                grid.frames_per_latent));
    }
    std::vector<at::Tensor> frames;
    for (const FrameRgb& picture : pictures) {
        const bool fits = picture.width % grid.pixels_per_latent == 0 &&
                          picture.height % grid.pixels_per_latent == 0;
        if (!fits || picture.width != pictures[0].width || picture.height != pictures[0].height) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("a picture of {}x{} cannot be encoded: all are of one size, "
                                    "and both sides are multiples of {}",
                                    picture.width,
                                    picture.height,
                                    grid.pixels_per_latent));
        }
        frames.push_back(video_tensor(picture));
    }
    return in_engine("encoding pictures",
                     [&] { return clip_of(parts_->autoencoder().encode(at::cat(frames, 2))); });
}

LatentClip Engine::sample_segment(const SegmentRequest& request, const StepDone& step_done) {
    check_request(request);
    return in_engine("sampling", [&] {
        const SamplingPlan plan = sampling_plan(request.sampling);
        const auto rows = static_cast<std::int64_t>(parts_->options.prompt_tokens_max);
        at::Tensor text = padded_text(request.prompt, rows, parts_->device);
        if (needs_guidance(plan.guidance)) {
            text = at::cat({text, padded_text(request.negative, rows, parts_->device)});
        }
        const StepWatch watch = [&](const SampledStep& step) {
            if (step_done) step_done(step.step + 1, step.steps);
        };
        return clip_of(sample_latents(velocity_of(parts_->network(), text),
                                      tensors_of(request, parts_->device),
                                      plan,
                                      watch));
    });
}

LatentGrid Engine::latent_grid() {
    const VaeConfig& config = in_engine("opening the autoencoder", [&]() -> const VaeConfig& {
        return parts_->autoencoder().config();
    });
    return {static_cast<std::int32_t>(config.latent_channels),
            static_cast<std::int32_t>(config.pixels_per_latent()),
            static_cast<std::int32_t>(config.frames_per_latent())};
}

const WanVae& Engine::vae() {
    return in_engine("opening the autoencoder",
                     [&]() -> const WanVae& { return parts_->autoencoder(); });
}

std::string Engine::device_class() {
    return nightreel::device_class(parts_->device, parts_->options.threads, parts_->policy);
}

std::string Engine::precision() {
    return std::string(name_of(parts_->policy));
}

}  // namespace nightreel
