#include "pipeline/sample/segment_check.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "pipeline/plan/strategy/window_plan.h"
#include "pipeline/sample/guidance.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::bad_input, "segment: " + why);
}

void check_clean(const SegmentRequest& request, const ModelInputs& inputs) {
    const auto frames = static_cast<std::int32_t>(request.frames.end - request.frames.begin);
    if (!request.clean.empty() && !inputs.clean_frames) {
        refuse("this model cannot continue given latent frames");
    }
    for (const CleanFrames& clean : request.clean) {
        if (clean.first < 0 || clean.first + clean.latents.frames > frames) {
            refuse(fmt::format(
                "given latent frames {} to {} are outside the {} latent frames of the segment",
                clean.first,
                clean.first + clean.latents.frames - 1,
                frames));
        }
        if (clean.latents.size() != request.size || !is_sound(clean.latents)) {
            refuse("given latent frames have another size, or contain NaN or infinity");
        }
        if (clean.first == 0 && request.given.first) {
            refuse("a segment cannot begin with both a picture and given latent frames");
        }
    }
}

void check_references(const SegmentRequest& request, const ModelInputs& inputs) {
    const LatentClip& references = request.references;
    if (references.frames == 0) return;
    if (inputs.references == ReferenceUse::refused) {
        refuse("this model accepts no reference pictures");
    }
    if (references.size() != request.size || !is_sound(references)) {
        refuse("references have another size, or contain NaN or infinity");
    }
}

void check_size(const std::optional<FrameRgb>& picture,
                const SegmentRequest& request,
                const LatentGrid& grid) {
    if (!picture) return;
    const LatentSize size = grid.size_of(picture->width, picture->height);
    const bool is_whole = picture->width % grid.pixels_per_latent == 0 &&
                          picture->height % grid.pixels_per_latent == 0;
    if (is_whole && size == request.size) return;
    refuse(fmt::format("a given picture has {}x{} pixels, but the clip has {}x{}",
                       picture->width,
                       picture->height,
                       request.size.width * grid.pixels_per_latent,
                       request.size.height * grid.pixels_per_latent));
}

void check_given(const SegmentRequest& request, const ModelInputs& inputs, const LatentGrid& grid) {
    const GivenPictures& given = request.given;
    if (inputs.picture_channels && !given.first) {
        refuse("this model requires a first picture; add one to `keys` of the shot");
    }
    if (given.first && !inputs.picture_channels && !inputs.clean_frames) {
        refuse("this model accepts no first picture");
    }
    if (given.last && inputs.last_picture == PictureUse::refused) {
        refuse("this model accepts no last picture");
    }
    if (!given.last && inputs.last_picture == PictureUse::needed) {
        refuse("this model requires a last picture; add one to `keys` of the shot");
    }
    if (given.last && request.frames.end - request.frames.begin < 2) {
        refuse("a segment of one latent frame cannot have both a first and a last picture");
    }
    if (inputs.vision_tower && given.seen.rows < 1) {
        refuse("this model requires encoded image features of its pictures");
    }
    check_size(given.first, request, grid);
    check_size(given.last, request, grid);
}

void check_kept(const SegmentRequest& request, const ModelInputs& inputs, const LatentGrid& grid) {
    if (request.kept.empty()) return;
    if (inputs.references != ReferenceUse::canvas) {
        refuse("this model cannot begin with kept frames (no control channels)");
    }
    const auto kept = static_cast<std::int64_t>(request.kept.size());
    const std::int64_t frames =
        1 + (request.frames.end - request.frames.begin - 1) * grid.frames_per_latent;
    if (kept % grid.frames_per_latent != 1 || kept >= frames) {
        refuse(
            fmt::format("{} kept frames of {}: expected {} k + 1 frames, and at least one that "
                        "is made",
                        kept,
                        frames,
                        grid.frames_per_latent));
    }
    for (const FrameRgb& frame : request.kept) check_size(frame, request, grid);
}

void check_control(const SegmentRequest& request,
                   const ModelInputs& inputs,
                   const LatentGrid& grid) {
    if (!request.control) return;
    if (inputs.references != ReferenceUse::canvas) {
        refuse("this model is shown no clip (no control channels)");
    }
    const auto& [shown, made] = *request.control;
    const std::int64_t frames =
        1 + (request.frames.end - request.frames.begin - 1) * grid.frames_per_latent;
    if (std::ssize(shown) != frames || (!made.empty() && made.size() != shown.size())) {
        refuse(fmt::format("a clip of {} frames with {} masks is shown to a segment of {}",
                           shown.size(),
                           made.size(),
                           frames));
    }
    for (const FrameRgb& frame : shown) check_size(frame, request, grid);
    const std::size_t pixels = shown.front().rgb.size() / 3;
    for (const std::vector<float>& mask : made) {
        if (mask.size() != pixels) refuse("a mask has another size than its clip");
    }
    if (request.windows) refuse("a take in windows is shown no clip");
}

void check_windows(const SegmentRequest& request, const ModelInputs& inputs) {
    if (!request.windows) return;
    const std::int64_t frames = request.frames.end - request.frames.begin;
    const std::size_t windows = place_windows(frames, *request.windows).size();
    if (request.window_texts && request.window_texts->of_window.size() != windows) {
        refuse(fmt::format(
            "{} windows have {} texts", windows, request.window_texts->of_window.size()));
    }
    if (windows == 1) return;
    if (inputs.picture_channels) refuse("this model needs a picture for each window");
    if (!request.kept.empty()) refuse("a take in windows keeps no frames");
    const SamplingSettings& sampling = request.sampling;
    if (sampling.step_cache > 0 || sampling.guidance_until < 1) {
        refuse("windows share each step, which goes without step_cache and guidance_until");
    }
    if (sampling.forcing && (sampling.forcing->block > 1 || sampling.forcing->lag > 0)) {
        refuse("windows share each step; set forcing to a block of 1 and a lag of 0");
    }
}

void check_start(const SegmentRequest& request, const ModelInputs& inputs) {
    if (!request.start) return;
    if (inputs.references == ReferenceUse::canvas || inputs.picture_channels) {
        refuse("this model cannot start from a clip");
    }
    const LatentClip& latents = request.start->latents;
    if (latents.size() != request.size || !is_sound(latents) ||
        latents.frames != request.frames.end - request.frames.begin) {
        refuse("the latents to start from have another size, or contain NaN or infinity");
    }
    const auto& levels = request.start->levels;
    if (levels && (std::ssize(*levels) != latents.frames ||
                   std::ranges::any_of(*levels, [](double l) { return !(l >= 0 && l <= 1); }))) {
        refuse("expected a level from 0 to 1 for each latent frame that is started from");
    }
    if (levels && (request.windows || request.sampling.forcing)) {
        refuse("levels of latent frames cannot be combined with windows or diffusion forcing");
    }
    if (request.start->noise_level > 0 && request.start->noise_level <= 1) return;
    refuse(fmt::format("a noise level of {}: expected above 0 and at most 1",
                       request.start->noise_level));
}

// Latent frames at the front that are given.
std::int32_t history_of(const SegmentRequest& request) {
    std::int32_t frames = request.given.first ? 1 : 0;
    // In whatever order they stand, each round adds one at least.
    for (bool grows = true; grows;) {
        grows = false;
        for (const CleanFrames& clean : request.clean) {
            const std::int32_t end = clean.first + clean.latents.frames;
            if (clean.first > frames || end <= frames) continue;
            frames = end;
            grows = true;
        }
    }
    return frames;
}

void check_range(const ForcingSettings& forcing) {
    const bool is_in_range = forcing.block >= 1 && forcing.block <= forcing_block_max &&
                             forcing.lag >= 0 && forcing.lag <= forcing_lag_max &&
                             forcing.history_noise >= 0 &&
                             forcing.history_noise <= forcing_history_noise_max;
    if (is_in_range) return;
    refuse(
        fmt::format("forcing: expected a block of 1 to {} latent frames, a lag of 0 to {} and a "
                    "history noise of 0 to {}, not {}, {} and {}",
                    forcing_block_max,
                    forcing_lag_max,
                    forcing_history_noise_max,
                    forcing.block,
                    forcing.lag,
                    forcing.history_noise));
}

void check_forcing(const SegmentRequest& request, const ModelInputs& inputs) {
    if (request.sampling.forcing && !inputs.frame_levels) {
        refuse(
            "this model does not support diffusion forcing (no noise level for each latent frame); "
            "remove forcing");
    }
    const auto forcing = sampling_for(inputs, request.sampling).forcing;
    if (!forcing) return;
    if (inputs.boundary) {
        refuse("diffusion forcing requires a model with one network; this model has two experts");
    }
    check_range(*forcing);
    const std::int64_t frames = request.frames.end - request.frames.begin;
    const std::int32_t block = forcing->block;
    if (frames % block != 0) {
        refuse(fmt::format(
            "{} latent frames are not a multiple of the block length {}", frames, block));
    }
    if (history_of(request) % block != 0) {
        refuse(fmt::format("{} latent frames of history are not a multiple of the block length {}",
                           history_of(request),
                           block));
    }
    if (block > 1 && request.references.frames > 0) {
        refuse("reference pictures cannot be combined with blocks of latent frames");
    }
}

void check_guided_references(const SegmentRequest& request, const ModelInputs& inputs) {
    if (!request.sampling.guide_references.value_or(false)) return;
    if (inputs.references != ReferenceUse::in_front) {
        refuse("guide_references requires a model that takes references as frames before the clip");
    }
    if (request.sampling.step_cache > 0 || sampling_for(inputs, request.sampling).forcing) {
        refuse("guide_references cannot be combined with step_cache or forcing");
    }
}

// What belongs to steps by their number.
void check_steps(const SegmentRequest& request, const ModelInputs& inputs) {
    const auto& switch_at = request.sampling.switch_at_step;
    if (switch_at && !inputs.boundary) {
        refuse("switch_at_step requires a model with two experts; this model has one");
    }
    if (switch_at && (*switch_at < 1 || *switch_at >= request.sampling.steps)) {
        refuse(fmt::format(
            "switch_at_step is {}, but there are {} steps", *switch_at, request.sampling.steps));
    }
    const auto is_by_step = [](const SegmentLora& lora) { return lora.by_step.has_value(); };
    if (sampling_for(inputs, request.sampling).forcing &&
        std::ranges::any_of(request.loras, is_by_step)) {
        refuse("with diffusion forcing there are no common steps for by_step of a LoRA");
    }
}

}  // namespace

void check_request(const SegmentRequest& request,
                   const ModelInputs& inputs,
                   const LatentGrid& grid) {
    if (request.frames.end <= request.frames.begin) refuse("the segment has no latent frames");
    if (request.prompt.rows < 1) refuse("the prompt is not encoded");
    if (inputs.rate && request.rate <= 0) refuse("this model requires a frame rate");
    const SamplingSettings& sampling = request.sampling;
    const bool is_guided = needs_guidance(sampling.guidance) ||
                           (inputs.boundary && needs_guidance(sampling.guidance_low));
    if (is_guided && request.negative.rows < 1) {
        refuse("guidance above 1 requires an encoded negative prompt");
    }
    check_steps(request, inputs);
    const std::size_t coefficients = request.step_cache_fit.coefficients.size();
    if (sampling.step_cache > 0 && coefficients != step_cache_coefficients) {
        refuse(fmt::format("a step cache requires {} coefficients, and {} are given",
                           step_cache_coefficients,
                           coefficients));
    }
    check_clean(request, inputs);
    check_references(request, inputs);
    check_guided_references(request, inputs);
    check_given(request, inputs, grid);
    check_kept(request, inputs, grid);
    check_control(request, inputs, grid);
    check_windows(request, inputs);
    check_start(request, inputs);
    check_forcing(request, inputs);
}

}  // namespace nightreel
