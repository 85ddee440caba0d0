#pragma once
// The native engine: one model folder, opened once, its networks loaded when they are first needed.
// Plain values go in and come out; no tensor does. An Engine belongs to one thread. The same inputs
// give the same bytes, whatever else runs, as long as device_class() is the same.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/model/transformer/step_cache_fitting.h"
#include "pipeline/picture/colour/frame.h"
#include "pipeline/sample/latent_clip.h"
#include "pipeline/sample/segment_request.h"
#include "shotspec/base/pulse.h"
#include "shotspec/card/precision_policy.h"

namespace nightreel {

class WanVae;
struct EngineParts;

struct EngineOptions {
    std::filesystem::path model;                    // a folder as diffusers writes it
    std::string device = "cpu";                     // "auto", "cpu", "cuda:N"
    std::int32_t threads = 1;                       // of this process: ATen has one pool
    std::optional<PrecisionPolicy> precision = {};  // none: chosen by model and processor
    std::int32_t prompt_tokens_max = 512;
    // The transformer is streamed block by block when it would need more, and what does not fit in
    // even so is refused before it is begun: Error{out_of_memory}. 0: no limit.
    std::int64_t memory_bytes = 0;
    // With as little memory as can be: weights are streamed, and no network stays open beside the
    // one at work. The same bytes, more slowly.
    bool lean = false;
    // Called before the weights of a part ("transformer") are read; what it throws refuses them.
    std::function<void(const std::string& part)> before_part = {};
    // Beats from inside every long call: with the share of a pass of the transformer, else with 0.
    // What it throws ends the call, and the engine can be used again.
    Pulse pulse = {};
};

// How a picture's size and a clip's length stand to latents: of the autoencoder's configuration.
struct LatentGrid {
    std::int32_t channels = 0;
    std::int32_t pixels_per_latent = 8;
    std::int32_t frames_per_latent = 4;

    LatentSize size_of(int width, int height) const {
        return {channels, height / pixels_per_latent, width / pixels_per_latent};
    }
};

class Engine {
  public:
    // Error{bad_input} when the folder is not a model, Error{unavailable} when the device is not
    // there.
    explicit Engine(const EngineOptions& options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    TextStates encode_prompt(const std::string& prompt);
    // In order. Those asked together share the reading of weights; texts that were asked before, as
    // a show's negative prompt is for each shot, are remembered.
    std::vector<TextStates> encode_prompts(std::span<const std::string> prompts);

    // One latent frame for a picture, normalised. Display-referred values in [0, 1]; both sides are
    // multiples of pixels_per_latent.
    LatentClip encode_picture(const FrameRgb& picture);

    // One latent frame from the middle of a stream that shows a picture and nothing else: what such
    // a latent frame holds is not what the first one of a stream holds.
    LatentClip encode_held_picture(const FrameRgb& picture);
    // Whether given pictures are latent frames for this model.
    bool takes_clean_frames() const;

    // One latent frame for the picture of a character, as the model takes it: of any shape for a
    // model that fits it on a canvas, else of the clip's size.
    LatentClip encode_reference(const FrameRgb& picture, int width, int height);
    bool fits_references_on_canvas() const;
    // Whether SegmentRequest::kept is for this model; others begin with a picture.
    bool takes_kept_frames() const;

    // What the model's vision tower reads of given pictures, in order; no rows where it has none.
    TokenStates read_pictures(std::span<const FrameRgb> pictures);

    // 4 k + 1 pictures of one size as k + 1 latent frames.
    LatentClip encode_clip(std::span<const FrameRgb> pictures);

    // The latents of one segment, clean frames included, references not. Error{bad_input} says what
    // the model cannot do of what is asked.
    // A take in windows keeps its state in `kept` after each step, and goes on from what is there
    // if it was kept by this device class; the bytes are the same. An empty path: it does not.
    LatentClip sample_segment(const SegmentRequest& request,
                              const StepDone& step_done = {},
                              const std::filesystem::path& kept = {});

    // Some steps of one window of such a take, as a task of its own, from what tasks left of it and
    // its neighbours; before the first step from nothing. The window's state goes into a file.
    void sample_window(const SegmentRequest& request,
                       const WindowTask& task,
                       const std::filesystem::path& state,
                       const StepDone& step_done = {});

    // The latents of the take, of all windows after their last step.
    LatentClip join_windows(const SegmentRequest& request, const std::vector<WindowFile>& states);

    // How much each step of the same segment changed against the one before, when all are computed:
    // what the coefficients of a step cache are fitted to.
    std::vector<StepChange> step_changes(const SegmentRequest& request);

    LatentGrid latent_grid();

    // For TakeDecoder (pipeline/stitch/take_decoder.h), which turns latents into frames. Valid
    // until anything else is asked of the engine.
    const WanVae& decoder(const LatentSize& size);
    // The same in float32 whatever the precision.
    const WanVae& exact_decoder(const LatentSize& size);

    // Gives the memory of every network back; they are opened again when they are needed.
    void close();

    // All that may change arithmetic: device, instruction set, threads, precision.
    std::string device_class();
    std::string precision();

  private:
    std::unique_ptr<EngineParts> parts_;
};

}  // namespace nightreel
